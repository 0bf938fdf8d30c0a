"""Aggregates of columns that are no numbers or dates: texts, and codes whose values are listed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.joins.draft import Draft
from erd2dbt.design.joins.fanout_faults import Fault
from erd2dbt.diagram.erd import Attribute, Entity
from erd2dbt.faults.diagnostics import Fix, Hint, Paste, Span
from erd2dbt.sql.expression import Tree

_DATE_WORDS = ("date", "time", "timestamp", "day", "month", "_at", "_on", "_ts")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_KEPT = (exp.Paren, exp.Cast, exp.Coalesce, exp.Round)
_FLAGS = frozenset(("-1", "0", "1"))  # their sum is a count, or a difference of counts


def not_a_number(draft: Draft, call: Tree, done: str = "") -> Fault | None:
    """W501: a number or date has a text type, or is a code. E029: a sum of labels. `done`: the operation, if given."""
    if not isinstance(call, (exp.Sum, exp.Avg, exp.Min, exp.Max)):
        return None
    adds = isinstance(call, (exp.Sum, exp.Avg))
    shown = call.this
    while adds and isinstance(shown, _KEPT):
        shown = shown.this
    if not isinstance(shown, exp.Column):
        return None
    known = _attribute(draft, shown)
    if adds and known is not None and known[1].values:
        return _code(call, *known)
    type_ = draft.type_of(shown) if shown is call.this else None
    if type_ is None or family(type_) != "text":
        return None
    name = shown.name
    if adds:
        message = f"{call.key} of `{name}`, which is {type_}: PostgreSQL adds numbers only"
        return "W501", message, *_cast(known, shown, "numeric")
    if not any(w in name for w in _DATE_WORDS):
        return None
    message = f"{done or f'{call.key} of'} `{name}`, which is {type_}: text sorts letter by letter, not by time"
    return "W501", message, *_cast(known, shown, "date")


def _code(call: Tree, entity: Entity, attribute: Attribute) -> Fault | None:
    """A sum of labels, or of numbers that stand for something else. The average of listed numbers may be a grade."""
    values, column = attribute.values, f"{entity.name}.{attribute.name}"
    numbers = all(map(_NUMBER.fullmatch, values))
    if numbers and (isinstance(call, exp.Avg) or set(values) <= _FLAGS):
        return None
    message = f"{call.key} of `{attribute.name}`, which is a code: `values` lists {_listed(values)}"
    one = values[0] if numbers and family(attribute.type or "") != "text" else f"'{values[0]}'"
    count = Hint(f"count the rows of a value: `count(*) filter (where {column} = {one})`")
    accept = [Hint("or accept it, if the numbers are amounts: `accept: {W501: <why>}`")] if numbers else []
    return ("W501" if numbers else "E029"), message, count, *accept


def _listed(values: Iterable[str]) -> str:
    first, more = [*values][:3], len([*values]) > 3
    return ", ".join((*first, "…") if more else first)


def _attribute(draft: Draft, shown: exp.Column) -> tuple[Entity, Attribute] | None:
    """The column of the diagram that a column shows unchanged."""
    nodes = (n for scope in draft.scopes() for n in scope.nodes.values() if n.alias == shown.table)
    node = next((n for n in nodes if shown.name in n.relation.fields), None)
    origin = node.relation.fields[shown.name].origin if node else None
    entity = draft.world.graph.entities.get(origin.entity) if origin else None
    found = next((a for a in entity.columns if origin and a.name == origin.column), None) if entity else None
    return (entity, found) if entity is not None and found is not None else None


def _cast(known: tuple[Entity, Attribute] | None, shown: exp.Column, type_: str) -> list[str]:
    """A cast where the raw column is read, or else where the model shows it."""
    if known is None or known[1].formula is not None or known[0].existing is not None:
        return [Hint(f"cast it where it is made: `{shown.name}::{type_}`")]
    entity, attribute = known
    text = f"{{type: {type_}, cast: true}}"
    paste = Paste(("entities", entity.name, "columns", attribute.name), text)
    return [Fix(f"cast it in `{entity.name}`: `{attribute.name}: {text}`", paste)]


def text_order(draft: Draft, term: Tree, span: Span) -> None:
    ordered = term.this if isinstance(term, exp.Ordered) else term
    fault = not_a_number(draft, exp.Min(this=ordered), "ordered by")
    if fault:
        draft.fault(fault[0], fault[1], span, *fault[2:])
