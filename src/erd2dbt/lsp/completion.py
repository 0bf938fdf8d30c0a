"""What may be at the cursor: keys and words of the language, entities, models, columns and links."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from erd2dbt.lsp import language
from erd2dbt.lsp.cursor import Cursor
from erd2dbt.lsp.outline import Named, Outline
from erd2dbt.lsp.symbols import columns_of, end_of, hops, picked_from

_QUALIFIED = re.compile(r"((?:\w+\.)+)\w*\Z")
_PAIR = re.compile(r"=\s*\w*\Z")
_COLUMN_LISTS = (
    "key",
    "unique",
    "determines",
    "latest",
    "loaded_at",
    "grain",
    "event_date",
    "measures",
    "audit",
    "deleted",
)
_EXPRESSIONS = ("is", "first", "last", "where", "order", "tier")
_TYPES = ("bigint", "int", "text", "numeric(12,2)", "boolean", "date", "timestamp", "timestamp with time zone",
          "double precision", "uuid", "jsonb")  # fmt: skip
FUNCTIONS = ("sum", "count", "count(distinct", "avg", "min", "max", "ratio", "first", "last", "bool_and", "bool_or",
             "string_agg", "array_agg", "coalesce")  # fmt: skip
_CAPS = ("}o--||", "}|--||", "||--o{", "||--|{", "}o--o|", "||--||", "|o--||", "||--o|")


class Sort(enum.StrEnum):
    """Which sign an editor shows beside it."""

    KEY = "key"
    WORD = "word"
    ENTITY = "entity"
    MODEL = "model"
    COLUMN = "column"
    LINK = "link"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A word that may be at the cursor. `typed`: how many characters before the cursor it takes the place of."""

    label: str
    sort: Sort
    typed: int
    detail: str = ""
    about: str = ""
    insert: str = ""

    @property
    def text(self) -> str:
        return self.insert or self.label


def proposals(cursor: Cursor, names: Outline) -> list[Proposal]:
    """Those of the place, each label once; an editor filters them by what is typed."""
    found: dict[str, Proposal] = {}
    for one in _proposals(cursor, names):
        found.setdefault(one.label, one)
    return list(found.values())


def _proposals(cursor: Cursor, names: Outline) -> Iterator[Proposal]:
    path, typed = cursor.path, len(cursor.typed)
    if cursor.is_key:
        yield from _link_keys(cursor, names) if path == ("links",) else _keys(path, cursor)
        if path[:1] == ("models",) and len(path) == 3 and path[2] in ("match", "via"):
            yield from _things(names, typed)
    if not path:
        return
    if not cursor.is_key or path[0] == "links":
        yield from (Proposal(word, Sort.WORD, typed) for word in language.words(path))
    if path[0] == "entities" and len(path) > 2:
        yield from _in_entity(cursor, names)
    elif path[0] == "links" and len(path) > 1:
        yield from _in_link(cursor, names)
    elif path[0] == "models" and len(path) > 2 and (not cursor.is_key or path[2] in ("grain", "keep", "rows")):
        yield from _in_model(cursor, names)


def _keys(path: Sequence[str], cursor: Cursor) -> Iterator[Proposal]:
    typed = len(cursor.scalar) if cursor.scalar.replace("_", "a").isalnum() else 0
    for key in language.keys(path):
        detail = "required" if key.is_needed else ""
        yield Proposal(key.name, Sort.KEY, typed, detail, key.description, f"{key.name}: ")


def _things(names: Outline, typed: int) -> Iterator[Proposal]:
    for name, one in names.entities.items():
        yield Proposal(name, Sort.ENTITY, typed, "entity", _description(one))
    for name, one in names.models.items():
        yield Proposal(name, Sort.MODEL, typed, "model", _description(one))


def _columns(names: Outline, owner: str, typed: int, among: Iterable[str] | None = None) -> Iterator[Proposal]:
    thing = names.thing(owner)
    for name in columns_of(names, owner) if among is None else among:
        said = thing.columns.get(name) if thing else None
        yield Proposal(name, Sort.COLUMN, typed, f"{owner}.{name}", said.said if said else "")


def _description(one: Named) -> str:
    said = one.fields.get("description")
    return said.said if said else ""


def _link_keys(cursor: Cursor, names: Outline) -> Iterator[Proposal]:
    """An end of a link, or the caps between its ends."""
    typed = len(cursor.typed)
    parts = cursor.scalar.split()
    if len(parts) == (1 if cursor.scalar.endswith(" ") else 2) and parts[0] in names.entities:
        done = 0 if cursor.scalar.endswith(" ") else len(parts[-1])
        yield from (Proposal(caps, Sort.LINK, done, "caps", insert=f"{caps} ") for caps in _CAPS)
        return
    for name, one in names.entities.items():
        yield Proposal(name, Sort.ENTITY, typed, "entity", _description(one), f"{name}: " if len(parts) > 1 else "")


def _in_entity(cursor: Cursor, names: Outline) -> Iterator[Proposal]:
    path, typed = cursor.path, len(cursor.typed)
    if path[2] == "source":
        yield from (Proposal(name, Sort.WORD, typed, "source") for name in names.sources)
    elif path[2] in _COLUMN_LISTS and (not cursor.is_key or path[2] == "determines" or len(path) == 3):
        yield from _columns(names, path[1], typed)
    elif path[2] == "columns" and not cursor.is_key and len(path) > 3:
        if len(path) == 4 or path[-1] == "type":
            yield from (Proposal(word, Sort.WORD, len(cursor.scalar), "type") for word in _TYPES)
        if len(path) == 4 or path[-1] in _EXPRESSIONS:
            thing = names.entities.get(path[1])
            yield from _columns(names, path[1], typed, thing.columns if thing else ())


def _in_link(cursor: Cursor, names: Outline) -> Iterator[Proposal]:
    """Columns of its left end, behind a `=` of its right one."""
    from erd2dbt.read.spec.links import drawn_ends

    ends = drawn_ends(cursor.path[1])
    if ends is None:
        return
    typed = len(cursor.typed)
    if _PAIR.search(cursor.scalar):
        yield from _columns(names, ends[1], typed)
        return
    yield from _columns(names, ends[0], typed)


def _in_model(cursor: Cursor, names: Outline) -> Iterator[Proposal]:
    path, typed = cursor.path, len(cursor.typed)
    model = names.models.get(path[1])
    rows = model.words("rows") if model else []
    if path[2] == "rows":
        yield from (one for one in _things(names, typed) if one.label != path[1])
    elif path[2] in ("grain", "keep"):
        for one in rows:
            yield from _columns(names, one, typed)
    elif path[2] == "via" or path[-1] == "via":
        roles = (role for link in names.links for role in link.roles)
        yield from (Proposal(role, Sort.LINK, typed, "role") for role in roles)
        yield from _things(names, typed)
    elif path[2] == "where" or (path[2] == "columns" and (len(path) == 4 or path[-1] in _EXPRESSIONS)):
        yield from _in_expression(cursor, names, path[1], rows)


def _in_expression(cursor: Cursor, names: Outline, owner: str, rows: Sequence[str]) -> Iterator[Proposal]:
    typed = len(cursor.typed)
    qualified = _QUALIFIED.search(cursor.scalar)
    if qualified is not None:
        at = end_of(names, qualified[1].rstrip(".").split("."))
        if at is not None:
            yield from _columns(names, at, typed)
            yield from (Proposal(way, Sort.LINK, typed, f"link to {end}") for way, (end, _) in hops(names, at).items())
        return
    model = names.models.get(owner)
    picked = picked_from(names, model, cursor.path) if model and cursor.path[-1] in ("where", "order") else None
    if picked is not None:
        yield from _columns(names, picked, typed)
        return
    yield from (one for one in _things(names, typed) if one.label != owner)
    for one in (owner, *rows):
        yield from _columns(names, one, typed)
    yield from (Proposal(word, Sort.FUNCTION, typed, "function", insert=f"{word}(" if "(" not in word else f"{word} ")
                for word in FUNCTIONS)  # fmt: skip
