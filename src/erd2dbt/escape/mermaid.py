"""Mermaid: labels in double quotes, and names of nodes in a flowchart."""

from __future__ import annotations

import re

_SIGNS = (("#", "#35;"), ("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("|", "#124;"), ("`", "#96;"),
          ("%", "#37;"), ("{", "#123;"), ("}", "#125;"), ("\\", "#92;"), ("\n", "<br>"))  # fmt: skip
_NODE = re.compile(r"[^\W\d]\w*")
_RESERVED = frozenset(
    "graph flowchart subgraph end style linkstyle classdef class click href call default interpolate direction "
    "tb td bt rl lr".split()
)


def label(said: str) -> str:
    """Return text in double quotes, with line breaks as tags."""
    shown = "".join(c if c.isprintable() or c == "\n" else " " for c in said)
    for old, new in _SIGNS:
        shown = shown.replace(old, new)
    return f'"{shown}"'


def node(name: str) -> str:
    """Return a node of a flowchart: its bare name if Mermaid accepts that, otherwise an id and a label."""
    if _NODE.fullmatch(name) and name.lower() not in _RESERVED:
        return name
    return f"n_{re.sub('[^A-Za-z0-9]', lambda found: f'_{ord(found[0]):x}_', name)}[{label(name)}]"


def er_text(said: str) -> str:
    """Return text for the double quotes of an `erDiagram`. There is no escape, so characters that end the text are
    removed."""
    shown = "".join(c if c.isprintable() else " " for c in said.replace('"', "'"))
    return re.sub(r"[%\\\s]+", " ", shown).strip()
