"""Adds, removes and changes links in the text of a spec. A link is named `orders }o--|| customers : role`."""

from __future__ import annotations

import re

from erd2dbt.diagram.drawing import Line, cap_of
from erd2dbt.diagram.erd import Erd, Link
from erd2dbt.miro.spec_text import document, node_at, with_entry, with_key, without, without_items
from erd2dbt.names.spelling import snake
from erd2dbt.notate.yamltext import key, names, scalar
from erd2dbt.write.merging.flow import one_line

_CAPS = {"only_one": "||", "zero_or_one": "|o", "zero_or_many": "}o", "one_or_many": "}|"}


def links_of(erd: Erd, line: Line) -> list[Link]:
    """Return the links of a draft between the same boxes as a line."""
    return [link for link in erd.links if {link.left, link.right} == {line.left, line.right}]


def link_gone(text: str, of: str) -> str:
    path, _ = _place(of)
    return without_items(without(text, path), lambda words: " ".join(words) == of)


def link_now(text: str, of: str, drafted: Link, *, was: Line | None, now: Line) -> str:
    """Return a new link as drafted; or an existing link with changed caps, stroke or role.

    The drawing does not show join columns: they stay unless the line leads to another box.
    """
    if was is None or {was.left, was.right} != {now.left, now.right}:
        base = link_gone(text, of) if of else text
        return _with_link(base, drafted.text, _pairs(drafted), drafted.role)
    path, role = _place(of)
    node = node_at(document(text), path)
    if node is None:
        return text
    pairs = one_line(document(text), node)
    left, right = path[1].split()[0], path[1].split()[-1]
    caps = _caps(now, turned=now.left != left)
    role = _role(now, role) if was.label != now.label else role
    after = _with_link(without(text, path), f"{left} {caps} {right}", pairs, role)
    item = f"{left} {caps} {right} : {role}" if role else f"{left} {caps} {right}"
    return with_key(after, ("miro", "items", of), key(item))


def _place(of: str) -> tuple[tuple[str, ...], str | None]:
    """Return the place of a link in a spec, and its role."""
    drawn, _, role = of.partition(" : ")
    return (("links", drawn, role) if role else ("links", drawn)), role or None


def _caps(line: Line, *, turned: bool) -> str:
    ends = (line.right_cap, line.left_cap) if turned else (line.left_cap, line.right_cap)
    signs = [_CAPS[cap_of(cap.cardinality)] if cap else "}o" for cap in ends]
    stroke = "--" if line.identifying else ".."
    return f"{signs[0]}{stroke}{signs[1][::-1].replace('}', '{')}"


def _role(line: Line, before: str | None) -> str | None:
    """Return the role in a caption, which is `role (columns)`, or the columns alone."""
    word = re.sub(r"\(.*\)", "", line.label).strip()
    return snake(word) or before


def _pairs(link: Link) -> str:
    return names(a if a == b else f"{a} = {b}" for a, b in link.columns)


def _with_link(text: str, drawn: str, pairs: str, role: str | None) -> str:
    node = node_at(document(text), ("links", drawn))
    if role is None and node is None:
        return with_entry(text, ("links", key(drawn)), pairs)
    if node is None:
        return with_entry(text, ("links", key(drawn)), f"{{{scalar(role or '', in_flow=True)}: {pairs}}}")
    if node.kind == "mapping" and role is not None:
        return with_entry(text, ("links", drawn, scalar(role, in_flow=True)), pairs)
    return text
