"""Which model and which column of the old diagram is which of the new one: by name, else by `renamed_from:`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram.erd import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A model before and after; `columns` leads from old to new names, without those that came or left."""

    old: Plan
    new: Plan
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """`both` in the order of the new diagram."""

    left: tuple[Plan, ...]
    came: tuple[Plan, ...]
    both: tuple[Pair, ...]

    def new_name(self, relation: str, column: str) -> str:
        """How a column of an old relation, or ("") the relation itself, is called now; its old name where it left."""
        pair = next((pair for pair in self.both if pair.old.relation.name == relation), None)
        if not column:
            return pair.new.relation.name if pair else relation
        return pair.columns.get(column, column) if pair else column


def paired(old: Iterable[Plan], new: Iterable[Plan]) -> Pairing:
    """Every model of either diagram, once; both in the order of building."""
    before = {plan.relation.name: plan for plan in old}
    after = {plan.relation.name: plan for plan in new}
    names = _matched(before, {name: plan.spec.renamed_from for name, plan in after.items()})
    pairs: dict[str, Pair] = {}  # by new name
    for name, plan in after.items():
        one = before.get(next((old_name for old_name, its in names.items() if its == name), ""))
        if one is not None:
            pairs[name] = Pair(old=one, new=plan, columns=_columns(one, plan, pairs))
    return Pairing(
        left=tuple(plan for name, plan in before.items() if name not in names),
        came=tuple(plan for name, plan in after.items() if name not in pairs),
        both=tuple(pairs.values()),
    )


def _columns(old: Plan, new: Plan, pairs: Mapping[str, Pair]) -> dict[str, str]:
    """A column that is kept from an input is called as it is there."""
    fields = new.relation.fields
    found = _matched(old.relation.fields, {n: f.said.renamed_from if f.said else () for n, f in fields.items()})
    for name, field in fields.items():
        if field.said is None and name not in found.values():
            olds = {one for its in field.inherits for one in _inputs(its, name, pairs)}
            found.update({one: name for one in sorted(olds) if one in old.relation.fields and one not in found})
    return found


def _inputs(of: tuple[str, str], name: str, pairs: Mapping[str, Pair]) -> Iterator[str]:
    """What the column of an input, that has this name too, was called there."""
    relation, column = of
    if relation in pairs and column == name:
        yield from (one for one, now in pairs[relation].columns.items() if now == column)


def _matched(old: Collection[str], new: Mapping[str, tuple[Word, ...]]) -> dict[str, str]:
    """Old name -> new name."""
    same = {name: name for name in old if name in new}
    return same | dict(_renamed(old, new))


def _renamed(old: Collection[str], new: Mapping[str, tuple[Word, ...]]) -> Iterator[tuple[str, str]]:
    for name, olds in new.items():
        found = [word.text for word in reversed(olds) if word.text in old and word.text not in new]
        if name not in old and found:
            yield found[0], name
