"""Which numbers of a fact are summed without asking, which are left open, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from erd2dbt.diagram.erd import Attribute
from erd2dbt.infer.words import is_number
from erd2dbt.star.entity_features import Known
from erd2dbt.star.numbers import Number

_SHOWN = 8  # how many numbers have their reasons listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """`added`: the numbers that are summed. `open`: those that may be quantities, and are not summed unless the diagram
    says so."""

    added: tuple[Attribute, ...] = ()
    open: tuple[Attribute, ...] = ()


def sums_of(known: Known, *, in_event: bool) -> Sums:
    """The numbers of a fact that are summed, and those that stay open. `in_event`: the row surely happens."""
    if known.entity.measures is not None:
        return Sums(added=known.added)
    added = tuple(c for c in known.added if known.numbers[c.name].is_summed(in_event=in_event))
    doubtful = (c for c in known.measures if c not in added and c not in known.stocks)
    return Sums(added=added, open=tuple(c for c in doubtful if _may_be_quantity(known.numbers[c.name])))


def _may_be_quantity(number: Number) -> bool:
    return number.score.total > 0


def sum_reasons(known: Known, sums: Sums) -> Iterator[str]:
    """Why each number is additive, open or not additive."""
    if known.entity.measures is not None:
        return
    sure = [c for c in known.stocks if _is_sure(known, c)]
    asked = [*sums.added, *sums.open, *sure]
    others = [c for c in known.entity.columns if c.name in known.numbers and c not in asked and is_number(c.type)]
    for said, columns in (
        ("summed", sums.added),
        ("semi-additive, not summed over time", sure),
        ("inferred to be quantities, and not summed unless `measures:` says so", sums.open),
        ("not summed, unless `measures:` says so", others),
    ):
        found = [f"`{c.name}`: {_why(known, c)}" for c in columns]
        if found:
            yield f"{said}: {'; '.join(found[:_SHOWN])}{_and_more(found)}"


def _is_sure(known: Known, column: Attribute) -> bool:
    found = known.score_of(column)
    return found is not None and found.passes


def _why(known: Known, column: Attribute) -> str:
    found = known.score_of(column)
    return ", ".join(found.reasons) if found and found.reasons else "nothing says that it is a quantity"


def _and_more(names: Sequence[str]) -> str:
    return f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
