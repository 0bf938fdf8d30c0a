"""Recognises files of other tools that draw schemas. They are not read; the message names an export to use instead."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

_ATTRIBUTE = re.compile(r"[ \t]+[\w\"]+(?:[ \t].*)?")
_AML_SIGN = re.compile(
    r"^[ \t]+[\w\"]+[^\n]*?(?:[ \t](?:pk|fk|index|unique|nullable)\b|[ \t]-+>[ \t]*\w)|^rel[ \t]+\w", re.MULTILINE
)
_AML_ENTITY = re.compile(r"[\w\".]+\*?(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*[{|#].*)?")
_LONGEST = 400_000  # characters of JSON that are searched


class Other(NamedTuple):
    """`what` the file is, and the export to use `instead`."""

    what: str
    instead: str


_DRAWDB = Other("a diagram of drawDB", "export it there as SQL, or as DBML")
_CHARTDB = Other("a diagram of ChartDB", "export it there as SQL, or as DBML")
_LIAM = Other("a schema of Liam", "import the SQL or Prisma schema that it was made from")
_AZIMUTT = Other("a schema of Azimutt", "export it there as SQL of PostgreSQL, or as Mermaid")
_AML = Other("AML, the language of Azimutt", "export it there as SQL of PostgreSQL, or as Mermaid")
_EDITOR = Other("a diagram of ERD Editor", "export it there as SQL")
_MARKUP = (
    (re.compile(r"<mxfile\b|<mxGraphModel\b"), Other("a drawing of draw.io", "draw it in Mermaid, or write it in SQL")),
    (re.compile(r"<dbmodel\b"), Other("a model of pgModeler", "export it there as SQL")),
    (re.compile(r"<ERD\b|<diagram\b[^>]*>\s*<page_setting"), Other("a diagram of ERMaster", "export it there as SQL")),
    (re.compile(r"<graphml\b"), Other("a drawing in GraphML", "export the schema as SQL, or draw it in Mermaid")),
    (re.compile(r"<xmi:XMI\b|<XMI\b"), Other("a UML model in XMI", "export it as PlantUML, or as SQL")),
)  # fmt: skip


def other_tool(text: str) -> Other | None:
    """Return the tool that wrote a file; None if nothing in it identifies one."""
    head = text.lstrip()[:2000]
    if head[:1] == "<":
        return next((other for sign, other in _MARKUP if sign.search(head)), None)
    if head[:1] == "{":
        return _of_json(text)
    return _AML if _is_aml(text) else None


def _of_json(text: str) -> Other | None:
    try:
        found = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    if str(found.get("$schema", "")).find("erd-editor") >= 0 or {"doc", "collections"} <= found.keys():
        return _EDITOR
    if {"entities", "relations"} <= found.keys() or ("sources" in found and "layouts" in found):
        return _AZIMUTT
    tables = found.get("tables")
    if isinstance(tables, Mapping):
        return _LIAM if all(isinstance(one, Mapping) and "columns" in one for one in tables.values()) else None
    if not isinstance(tables, list) or "relationships" not in found:
        return None
    return _CHARTDB if "databaseType" in found else _DRAWDB


def _is_aml(text: str) -> bool:
    """Return whether a text is AML: unindented names with indented attributes below, at least one with a mark of
    AML."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    heads = [n for n, line in enumerate(lines) if _AML_ENTITY.fullmatch(line)]
    are_followed = any(n + 1 < len(lines) and _ATTRIBUTE.fullmatch(lines[n + 1]) for n in heads)
    others = [line for line in lines if not _AML_ENTITY.fullmatch(line) and not _ATTRIBUTE.fullmatch(line)]
    plain = all(re.match(r"(?:rel|fk|type|namespace)[ \t]", line) for line in others)
    return are_followed and plain and _AML_SIGN.search(text) is not None
