"""Parses the lines below a title as columns, with the marks and remarks on columns and on the box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.drawing import Key, Row
from erd2dbt.read.board.cells import only_said
from erd2dbt.read.board.clumps import Clump
from erd2dbt.read.board.constraints import Constraint, constrained, constraint_of, uniques_by_number
from erd2dbt.read.board.values import Item, TextLine
from erd2dbt.read.boxes import derivations, rows
from erd2dbt.read.boxes.marks import of_cell

RULER = re.compile(r"[\W_]+")
_MORE = re.compile(r"\W*(?:…|\.\.\.|etc\.?|(?:and |\+ ?)?\d* ?more(?: columns)?)\W*", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\((?P<words>.*)\)\s*")
_LISTED = re.compile(r"\s*\((?P<words>\w+(?:\s*,\s*\w+)+)\)\s*")
_HEADING = (":", "\uff1a")  # the second is as wide as a Chinese sign
_NO_NAME = re.compile(r"(?:[A-Z]{2,3}\d?[\s,/&+]*)+|.*(?:\(|int|char|float|double|decimal|numeric|bool).*", re.DOTALL)

Line = tuple[TextLine, Item]


@dataclass(slots=True)
class Body:
    """The columns of a box, the remarks on the box, and the lines that did not parse: (line, item, reason).

    `items`: item -> its row, or None for the box itself. `above`: the columns above a dividing line. `defaults`: the
    words of a row that set a default.
    """

    read: list[rows.Parsed] = field(default_factory=list)
    items: dict[str, str | None] = field(default_factory=dict)
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    about: str | None = None
    above: set[str] = field(default_factory=set)
    strange: list[tuple[TextLine, Item, str]] = field(default_factory=list)
    quiet: list[tuple[TextLine, Item, str]] = field(default_factory=list)
    defaults: list[tuple[str, Item]] = field(default_factory=list)


def read_body(lines: Sequence[Line], clump: Clump) -> Body:
    """Parse the lines of a box. Returns the columns, and the lines that are not columns."""
    body = Body()
    if not lines:  # most notes have only the line that may be a title
        return body
    plain = [(line, item) for line, item in lines if not RULER.fullmatch(line.text)]
    texts = [line.text for line, item in plain if item.kind != "stencil_shape"]
    style = rows.style_of(texts, keyed=any(line.underlined for line, _ in plain))
    keys = _above_ruler(lines)
    constraints: list[tuple[Constraint, Line]] = []
    for line, item in lines:
        if _is_aside(line, item, body):
            continue
        if constraint := constraint_of(line.text):
            constraints.append((constraint, (line, item)))
        elif body.read and not body.read[-1].row.derivation and (words := derivations.continued(line.text)):
            body.read[-1] = replace(body.read[-1], row=replace(body.read[-1].row, derivation=words))
        else:
            _take(body, line, item, clump, style, is_key=line in keys)
    body.read, together = uniques_by_number(body.read, texts)
    body.uniques += together
    for constraint, (line, item) in constraints:
        _constrain(body, constraint, line, item)
    is_marked = any(parsed.row.has(Key.PK) for parsed in body.read)
    if body.above and not is_marked:
        body.read = [replace(parsed, row=_keyed(parsed.row, body)) for parsed in body.read]
    return body


def _take(body: Body, line: TextLine, item: Item, clump: Clump, style: rows.Style, *, is_key: bool) -> None:
    """Parse a line that may be one column or several. `is_key`: the line is above the box's dividing line."""
    found = _of_line(line, item, style)
    if rows.is_operation(line.text):
        body.quiet.append((line, item, "an operation"))
    elif not found:
        body.strange.append((line, item, "this row is not a column"))
    for one in found:
        if one.is_cut:
            body.strange.append((line, item, "the name of its column is cut off"))
        if one.default:
            body.defaults.append((one.default, item))
        own = item.id if item is not clump.head and len(found) == 1 and len(item.lines) == 1 else None
        body.items[own or item.id] = one.row.name if own else None
        is_changed = own is not None or line.guess is not None
        row = replace(one.row, id=own, guess=line.guess or one.row.guess, beside=line.beside) if is_changed else one.row
        body.read.append(replace(one, row=row) if is_changed else one)
        body.above |= {one.row.name} if is_key else set()


def _is_aside(line: TextLine, item: Item, body: Body) -> bool:
    """Return whether the form of a line shows that it is not a column: a ruler, a heading, a bracketed remark, an
    ellipsis.
    """
    if _MORE.fullmatch(line.text):
        body.strange.append((line, item, "more columns are not shown"))
    elif RULER.fullmatch(line.text):
        body.quiet.append((line, item, "a ruler"))
    elif line.text.rstrip().endswith(_HEADING):
        body.quiet.append((line, item, "a heading"))
    elif _LISTED.fullmatch(line.text):
        return False
    elif not body.read and not body.about and (aside := _ASIDE.fullmatch(line.text)) and not of_cell(aside["words"]):
        body.about = aside["words"]
    else:
        return False
    return True


def _constrain(body: Body, one: Constraint, line: TextLine, item: Item) -> None:
    """Apply a key or a constraint of several columns. It is unread if it names a column that does not exist."""
    found = constrained([parsed.row for parsed in body.read], one)
    if found is None:
        body.strange.append((line, item, "it names a column that does not exist"))
        return
    body.read = [replace(parsed, row=row, sure=True) for parsed, row in zip(body.read, found[0], strict=True)]
    body.uniques += [found[1]] if found[1] else []


def _keyed(row: Row, body: Body) -> Row:
    """Mark the columns above the dividing line as the key."""
    if row.name not in body.above:
        return row
    return replace(rows.with_keys(row, [Key.PK]), guess="a part of the key, because it is above the line")


def _above_ruler(lines: Sequence[Line]) -> list[TextLine]:
    """Return the lines above a ruler that divides the rows of a box: in IDEF1X, these are the primary key."""
    rulers = [n for n, (line, _) in enumerate(lines) if RULER.fullmatch(line.text)]
    inner = [n for n in rulers if any(n2 not in rulers for n2 in range(n)) and n + 1 < len(lines)]
    return [line for line, _ in lines[: inner[0]]] if len(inner) == 1 else []


def _of_line(line: TextLine, item: Item, style: rows.Style) -> list[rows.Parsed]:
    if item.kind == "stencil_shape" and line.cells:
        one = rows.from_cells(line.text, item.span)
        return [one] if one else []
    if _NO_NAME.fullmatch(line.text.strip()) and only_said(line.text):
        return []
    listed = _LISTED.fullmatch(line.text)
    found = list(rows.names(listed["words"] if listed else line.text, item.span, style))
    if len(found) == 1 and _is_in(found[0].row.name, line.underlined):
        return [replace(found[0], row=rows.with_keys(found[0].row, [Key.PK]), sure=True)]
    if len(found) == 1 and _is_in(found[0].row.name, line.italic):
        return [replace(found[0], row=rows.with_keys(found[0].row, [Key.FK]))]
    return found


def _is_in(name: str, words: frozenset[str]) -> bool:
    """Return whether a name, or each word of it, is among these. Case does not matter."""
    known = {word.lower() for word in words}
    return name.lower() in known or (bool(known) and known >= set(name.lower().split("_")))
