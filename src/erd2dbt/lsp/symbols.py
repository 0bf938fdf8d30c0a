"""What the words of a spec name: an entity, model, column, role or source, and where that is defined."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from erd2dbt.faults.diagnostics import Span
from erd2dbt.lsp.outline import Named, Outline, Scalar

_CHAIN = re.compile(r"""'(?:[^']|'')*'|(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))*""")
_SEGMENT = re.compile(r'"[^"]+"|\w+')
_DEEPEST = 50  # models that read one another
_COLUMN_LISTS = frozenset(
    "key unique determines latest loaded_at grain event_date measures audit deleted stock".split()
)
_TEXTS = frozenset("description meta tests tags accept values cut else type from table assume default data".split())


class Kind(enum.StrEnum):
    """What a name of a spec can name."""

    SOURCE = "source"
    ENTITY = "entity"
    MODEL = "model"
    COLUMN = "column"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A thing of the spec. `owner`: of a column its entity or model, of a role the ends of its link."""

    kind: Kind
    name: str
    owner: str
    span: Span


@dataclass(frozen=True, slots=True)
class Mention:
    """A word that names a thing: line and column from 0, and how long it is."""

    symbol: Symbol
    line: int
    column: int
    length: int


def mention_at(outline: Outline, line: int, column: int) -> Mention | None:
    """The thing that the word at a place names, the place behind its last character included."""
    for scalar in outline.scalars:
        if scalar.start[0] == line and scalar.start[1] <= column <= scalar.start[1] + len(scalar.text) + 1:
            found = [m for m in mentions_in(outline, scalar) if m.column <= column <= m.column + m.length]
            if found:
                return found[0]
    return None


def mentions(outline: Outline) -> Iterator[Mention]:
    """Every place of the document at which something is named, in the order of the text."""
    for scalar in outline.scalars:
        yield from mentions_in(outline, scalar)


def mentions_in(outline: Outline, scalar: Scalar) -> Iterator[Mention]:
    """Every word of a scalar that names a thing."""
    path, line, start = scalar.path, *scalar.start
    if scalar.is_key and (own := _defined(outline, path)) is not None:
        yield Mention(own, line, start, len(scalar.text))
        return
    for chain in _CHAIN.finditer(scalar.text):
        if chain[0].startswith("'") or scalar.text[chain.end() : chain.end() + 1] == "(":
            continue
        segments = list(_SEGMENT.finditer(chain[0]))
        names = [one[0].strip('"') for one in segments]
        is_right = path[:1] == ("links",) and "=" in scalar.text[: chain.start()]
        for one, symbol in zip(segments, _path_symbols(outline, scalar, names, is_right=is_right), strict=False):
            if symbol is not None:
                yield Mention(symbol, line, start + chain.start() + one.start(), len(one[0]))


def column_of(outline: Outline, owner: str, name: str, depth: int = 0) -> Symbol | None:
    """A column by the name it has in an entity or model: where it is defined, which may be what the model reads."""
    thing = outline.thing(owner)
    if thing is None or depth > _DEEPEST:
        return None
    if name in thing.columns:
        return Symbol(Kind.COLUMN, name, owner, thing.columns[name].span)
    found = (column_of(outline, read, name, depth + 1) for read in thing.words("rows"))
    return next((symbol for symbol in found if symbol), None)


def columns_of(outline: Outline, owner: str, depth: int = 0) -> list[str]:
    """The names of all columns of an entity or model, those it passes on among them."""
    thing = outline.thing(owner)
    if thing is None or depth > _DEEPEST:
        return []
    names = [*thing.words("grain" if owner in outline.models else "none"), *thing.columns]
    kept = thing.words("keep")
    if kept == ["all"]:
        kept = [name for read in thing.words("rows") for name in columns_of(outline, read, depth + 1)]
    return list(dict.fromkeys([*names, *kept]))


def hops(outline: Outline, owner: str) -> dict[str, tuple[str, Symbol]]:
    """Where the links of an entity lead: the name of a role or an entity -> the entity there, and what the name is."""
    found: dict[str, tuple[str, Symbol]] = {}
    for link in outline.links:
        if owner not in (link.left, link.right):
            continue
        other = link.right if owner == link.left else link.left
        for name, role in link.roles.items():
            found[name] = other, Symbol(Kind.ROLE, name, f"{link.left} {link.right}", role.span)
        if (thing := _entity_or_model(outline, other)) is not None and not link.roles:
            found[other] = other, thing
    return found


def _entity_or_model(outline: Outline, name: str) -> Symbol | None:
    thing = outline.thing(name)
    return Symbol(Kind.ENTITY if name in outline.entities else Kind.MODEL, name, "", thing.span) if thing else None


def _defined(outline: Outline, path: Sequence[str]) -> Symbol | None:
    """The thing that a key defines."""
    section = path[0]
    if len(path) == 2 and section in ("sources", "entities", "models"):
        things = {"sources": outline.sources, "entities": outline.entities, "models": outline.models}[section]
        kind = {"sources": Kind.SOURCE, "entities": Kind.ENTITY, "models": Kind.MODEL}[section]
        return Symbol(kind, path[1], "", things[path[1]].span) if path[1] in things else None
    if len(path) == 4 and path[2] == "columns" and section in ("entities", "models"):
        return column_of(outline, path[1], path[3])
    if len(path) == 3 and section == "links":
        return next((one for _, one in _roles(outline, path[1]) if one.name == path[2]), None)
    return None


def _roles(outline: Outline, drawn: str) -> Iterator[tuple[str, Symbol]]:
    for link in outline.links:
        if link.left in drawn and link.right in drawn:
            for name, role in link.roles.items():
                yield link.right, Symbol(Kind.ROLE, name, f"{link.left} {link.right}", role.span)


def _path_symbols(outline: Outline, scalar: Scalar, names: list[str], *, is_right: bool) -> list[Symbol | None]:
    """What each segment of `a.b.c` is, by where it is."""
    path = scalar.path
    if len(path) < 2 or path[-1] in _TEXTS or (len(path) > 2 and path[2] in _TEXTS):
        return []
    section, owner = path[0], path[1]
    if section == "links":
        return _in_link(outline, scalar, names, is_right=is_right)
    if section == "entities":
        if path[2:] == ("source",):
            source = outline.sources.get(names[0])
            return [Symbol(Kind.SOURCE, names[0], "", source.span)] if source else []
        if len(path) > 2 and (path[2] in _COLUMN_LISTS or path[2] == "columns") and not _is_field(scalar):
            return [column_of(outline, owner, names[0])]
        return []
    if section == "miro":
        return _in_board(outline, scalar, names)
    return _in_model(outline, scalar, owner, names) if section == "models" else []


def _in_board(outline: Outline, scalar: Scalar, names: list[str]) -> list[Symbol | None]:
    """What an item of a board is: a thing, a column of it, or a link by its ends."""
    if not scalar.is_key or scalar.path[1:2] != ("items",) or len(scalar.path) != 3:
        return []
    return [_entity_or_model(outline, names[0]), *(column_of(outline, names[0], name) for name in names[1:2])]


def _is_field(scalar: Scalar) -> bool:
    """Whether it is a key of the language, as `is:` or `by:`."""
    return scalar.is_key and scalar.path[2] != "determines"


def _in_link(outline: Outline, scalar: Scalar, names: list[str], *, is_right: bool) -> list[Symbol | None]:
    if scalar.is_key:
        return [_entity_or_model(outline, names[0])]
    ends = next(
        ((one.left, one.right) for one in outline.links if one.span.line - 1 == _key_line(outline, scalar)), None
    )
    if ends is None:
        return []
    first, second = (ends[1], ends[0]) if is_right else ends
    return [column_of(outline, first, names[0]) or column_of(outline, second, names[0])]


def _key_line(outline: Outline, scalar: Scalar) -> int:
    return next((s.start[0] for s in outline.scalars if s.is_key and s.path == scalar.path[:2]), -1)


def _in_model(outline: Outline, scalar: Scalar, owner: str, names: list[str]) -> list[Symbol | None]:
    path = scalar.path
    model = outline.models.get(owner)
    if model is None or len(path) < 3 or (scalar.is_key and path[2] not in ("match", "via")):
        return []
    if path[2] == "rows":
        return [_entity_or_model(outline, names[0])]
    if path[2] in ("grain", "keep"):
        return [column_of(outline, owner, names[0])]
    if path[2] in ("match", "via") or path[-1] == "via":
        return [_thing_or_role(outline, model, names[0])]
    picked = picked_from(outline, model, path) if path[-1] in ("where", "order") else None
    return _chain(outline, model, picked or owner, names)


def picked_from(outline: Outline, model: Named, path: Sequence[str]) -> str | None:
    """The entity or model whose first or last row a column shows: its `where` and `order` name columns of that."""
    column = model.columns.get(path[3]) if len(path) > 4 and path[2] == "columns" else None
    value = next((column.fields[word].said for word in ("first", "last") if column and word in column.fields), "")
    names = [one[0].strip('"') for one in _SEGMENT.finditer(value)]
    return end_of(outline, names[:-1]) if _CHAIN.fullmatch(value) else None


def end_of(outline: Outline, names: Sequence[str]) -> str | None:
    """The entity or model to which `entity.role` leads."""
    if not names or outline.thing(names[0]) is None:
        return None
    at = names[0]
    for name in names[1:]:
        at = hops(outline, at).get(name, (at, None))[0]
    return at


def _thing_or_role(outline: Outline, model: Named, name: str) -> Symbol | None:
    if (thing := _entity_or_model(outline, name)) is not None:
        return thing
    found = (one for link in outline.links for one in link.roles.values() if one.name == name)
    role = next(found, None)
    if role is not None:
        ends = next(link for link in outline.links if name in link.roles)
        return Symbol(Kind.ROLE, name, f"{ends.left} {ends.right}", role.span)
    return next((s for read in model.words("rows") if (s := column_of(outline, read, name))), None)


def _chain(outline: Outline, model: Named, owner: str, names: list[str]) -> list[Symbol | None]:
    """`entity.role.column`, or a column of the model or of its rows."""
    if len(names) == 1:
        return [column_of(outline, owner, names[0]) or _entity_or_model(outline, names[0])]
    at, meant = names[0], [_entity_or_model(outline, names[0])]
    if meant == [None]:
        return []
    for number, name in enumerate(names[1:], 2):
        ways = hops(outline, at)
        if number == len(names) and (column := column_of(outline, at, name)) is not None:
            meant.append(column)
        elif name in ways:
            at, symbol = ways[name]
            meant.append(symbol)
        else:
            meant.append(column_of(outline, at, name))
    return meant
