"""A plan's selects run on the rows of a unit test, as far as they decide which rows come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from erd2dbt.design.plan import Cte, Item, Join, Select
from erd2dbt.design.unit_tests.demand import picked_from
from erd2dbt.design.unit_tests.predicates import holds, value_of
from erd2dbt.design.unit_tests.values import UntestableError, Value
from erd2dbt.sql.expression import Tree

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class _Unread:
    """A value that is not evaluated, and why it cannot be asked for."""

    why: str


_Cell = Value | _Unread | tuple[Value, ...]  # a rank is known by what it is partitioned by
_Cells = Mapping[str, _Cell]


def outcome(
    ctes: Sequence[Cte], given: Mapping[str, Sequence[Record]], grain: Sequence[str], *, naive: bool = False
) -> list[tuple[Value, ...]]:
    """The grain values of the rows that come out. `naive`: with joins alone, nothing grouped, picked or distinct.

    UntestableError where these cannot be told.
    """
    run = _Run({cte.name: cte for cte in ctes}, given, naive)
    return [tuple(_told(row[name]) for name in grain) for row in run.rows(ctes[-1].name)]


def joined_by_less(ctes: Sequence[Cte]) -> Iterator[tuple[Cte, ...]]:
    """The plan once for each column of each join, without that column."""
    for c, cte in enumerate(ctes):
        for s, select in enumerate(cte.selects):
            for j, join in enumerate(select.joins):
                for position in range(len(join.on)):
                    less = replace(join, on=join.on[:position] + join.on[position + 1 :])
                    joins = (*select.joins[:j], less, *select.joins[j + 1 :])
                    selects = (*cte.selects[:s], replace(select, joins=joins), *cte.selects[s + 1 :])
                    yield (*ctes[:c], replace(cte, selects=selects), *ctes[c + 1 :])


@dataclass(slots=True)
class _Run:
    ctes: Mapping[str, Cte]
    given: Mapping[str, Sequence[Record]]
    naive: bool
    _known: dict[str, list[_Cells]] = field(default_factory=dict)

    def rows(self, name: str) -> Sequence[_Cells]:
        if name in self.given:
            return self.given[name]
        if name not in self._known:
            selects = self.ctes[name].selects
            found = [row for select in selects for row in self._select(select)]
            self._known[name] = found if len(selects) == 1 else self._distinct(found, list(found[0]) if found else [])
        return self._known[name]

    def _select(self, select: Select) -> list[_Cells]:
        picked = picked_from(select, self.ctes)
        if picked is not None:
            return self._distinct(list(self.rows(select.source)), [picked[1]])
        envs: list[dict[str, _Cells]] = [{select.source: row} for row in self.rows(select.source)]
        for join in select.joins:
            envs = [there for env in envs for there in self._joined(join, env, select.source)]
        if select.where is not None:
            envs = [env for env in envs if _passes(select.where, env, select.source)]
        made: list[_Cells] = [{item.name: _item(item, env, select.source) for item in select.items} for env in envs]
        return self._distinct(made, [item.name for item in select.items[: select.group]]) if select.group else made

    def _joined(self, join: Join, env: dict[str, _Cells], source: str) -> list[dict[str, _Cells]]:
        """A left join's rows for one row so far."""
        met = []
        for row in self.rows(join.cte):
            both = {**env, join.alias: row}
            pairs = [[value_of(side, lambda c: _read(c, both, source)) for side in pair] for pair in join.on]  # noqa: B023
            if all(a is not None and a == b for a, b in pairs):
                met.append(both)
        return met or [{**env, join.alias: {}}]

    def _distinct(self, rows: list[_Cells], names: list[str]) -> list[_Cells]:
        """The first row for each combination of values; all of them in a naive run."""
        if self.naive:
            return rows
        first: dict[tuple[object, ...], _Cells] = {}
        for row in rows:
            first.setdefault(tuple(_told(row[name]) for name in names), row)
        return list(first.values())


def _passes(where: Tree, env: Mapping[str, _Cells], source: str) -> bool:
    return holds(where, lambda column: _read(column, env, source))


def _told(cell: _Cell) -> Value:
    if isinstance(cell, _Unread):
        raise UntestableError(cell.why)
    return cell  # type: ignore[return-value]  # a rank is compared, never shown


def _read(column: exp.Column, env: Mapping[str, _Cells], source: str) -> Value:
    """A column that no row of the input holds is NULL."""
    return _told(env[column.table or source].get(column.name))


def _item(item: Item, env: Mapping[str, _Cells], source: str) -> _Cell:
    if item.tree is None:
        return env[source].get(item.name)
    if isinstance(item.tree, exp.Window):
        return tuple(_evaluated(tree, env, source) for tree in item.tree.args["partition_by"])  # type: ignore[misc]
    return _evaluated(item.tree, env, source)


def _evaluated(tree: Tree, env: Mapping[str, _Cells], source: str) -> _Cell:
    if isinstance(tree, exp.Column):
        return env[tree.table or source].get(tree.name)
    try:
        return value_of(tree, lambda column: _read(column, env, source))
    except UntestableError as problem:
        return _Unread(str(problem))
