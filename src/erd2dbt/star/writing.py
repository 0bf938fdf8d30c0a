"""Derived models in the spec language. Each part has the place of the entity that it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from erd2dbt.diagram.erd import ColumnSpec, Expression, Word
from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.length import fit


@dataclass(slots=True)
class Columns:
    """The columns of a model while it is built. A name that is taken gets its entity as prefix, then a number."""

    span: Span
    taken: set[str]
    made: list[ColumnSpec] = field(default_factory=list)

    def add(self, name: str, formula: str, **said: object) -> str:
        """Add a column. Returns its final name."""
        free = self._free(name)
        self.made.append(ColumnSpec(name=free, span=self.span, formula=Expression(formula, self.span), **said))  # type: ignore[arg-type]
        return free

    def _free(self, name: str) -> str:
        wanted, number = fit(name), 2
        while wanted.lower() in self.taken:
            wanted, number = fit(f"{name}_{number}"), number + 1
        self.taken.add(wanted.lower())
        return wanted


def columns_beside(span: Span, names: Iterable[str]) -> Columns:
    """An empty list of columns for a model, in which the given names are taken."""
    return Columns(span, {name.lower() for name in names})


def path(*parts: str) -> str:
    """The path as text, `orders.customer.name`, quoted where needed."""
    return ".".join(ident(part) for part in parts)


def words_of(names: Sequence[str], span: Span) -> tuple[Word, ...]:
    """Names as words of a spec, all at one place."""
    return tuple(Word(name, span) for name in names)


class Names:
    """Unique names of models; entities and models share one namespace."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.lower() for name in taken}

    def free(self, wanted: str) -> str:
        name = next(name for name in _numbered(wanted) if name.lower() not in self._taken)
        self._taken.add(name.lower())
        return name


def _numbered(wanted: str) -> Iterator[str]:
    yield fit(wanted)
    number = 2
    while True:
        yield fit(f"{wanted}_{number}")
        number += 1
