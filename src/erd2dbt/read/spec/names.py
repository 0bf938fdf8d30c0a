"""Checks names in a spec: faults for invalid names, duplicates, and former names that are in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erd2dbt.names.length import NAME_BYTES
from erd2dbt.names.spelling import folded, usable
from erd2dbt.names.validity import fault_of_column, fault_of_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from erd2dbt.diagram.erd import Word
    from erd2dbt.faults.diagnostics import Collector, Span
    from erd2dbt.read.spec.fields import Field, Reader

_OLD = "`renamed_from` is the previous name of this one only"


def check_object(reader: Reader, field: Field, what: str) -> None:
    """Report fault E011 for an invalid name of an entity, a model, a source or a role."""
    if fault := fault_of_object(field.name):
        fix = f"call it `{usable(field.name)}`"
        if what == "entity" and field.name.strip():
            fix += f", with `table: {field.name}` for the raw table"
        reader.fault("E011", f"the {what}'s name `{field.name}` {fault}", field.key, fix)


def check_column(reader: Reader, field: Field) -> None:
    """Report fault E011 for an invalid name of a column."""
    if fault := fault_of_column(field.name):
        reader.fault(
            "E011",
            f"the column's name `{field.name}` {fault}",
            field.key,
            "rename it; a raw column keeps its name by `from:`",
        )


def check_clashes(named: Sequence[tuple[str, str, Span]], faults: Collector) -> None:
    """Report fault E012 for each (kind, name, place) of one scope that equals an earlier name after case folding."""
    if len({folded(name) for _, name, _ in named}) == len(named):
        return
    first: dict[str, tuple[str, str, Span]] = {}
    for entry in named:
        what, name, span = entry
        other_what, other, place = first.setdefault(folded(name), entry)
        if place is not span:
            message = f"{what} `{name}` collides with {other_what} `{other}` of line {place.line}"
            faults.add("E012", message, span, notes=_reasons(name, other), fixes=["rename one of the two"])


def check_renamed(renamed: Iterable[tuple[str, Sequence[Word]]], faults: Collector) -> None:
    """Report fault E016 for each (name, old names) of one scope if an old name is its own, or also that of another."""
    first: dict[str, str] = {}
    for name, olds in renamed:
        for old in olds:
            other = first.setdefault(old.text, name)
            if old.text == name:
                faults.add("E016", f"`{name}` is what it is called now", old.span, fixes=[_OLD])
            elif other != name:
                faults.add("E016", f"`{old.text}` is already the previous name of `{other}`", old.span, fixes=[_OLD])


def _reasons(name: str, other: str) -> Iterator[str]:
    if name != other and len(name.encode(errors="surrogatepass")) > NAME_BYTES:
        yield f"PostgreSQL keeps {NAME_BYTES} bytes of a name"
    elif name != other:
        yield "the two differ only in case or in how accents are spelled"
    else:
        yield f"`{name}.x` would have two meanings"
