"""Runs a plan's selects on the rows of a unit test, and again with mistakes that a manual edit could make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlglot import exp

from erd2dbt.design.plans.plan import Cte, Item, Join, Relation, Select
from erd2dbt.design.plans.sample_values import UntestableError, Value, compared
from erd2dbt.design.unit_tests.needed_rows import picked_from, shown_by
from erd2dbt.design.unit_tests.predicates import holds, value_of
from erd2dbt.sql.expression import Tree, column, is_aggregate
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import columns_in, distinct_of, nodes, rewritten

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that is not evaluated, and why no test can expect it."""

    why: str


# Joined bare at once, their rows multiply; with more inputs, each alone reveals as much.
_TOGETHER = 4

_Cell = Value | Unread | tuple[Value, ...]  # a rank is recognized by its partition
_Cells = Mapping[str, _Cell]
_Env = Mapping[str, _Cells]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A plan with a wrong join. The CTEs of `bare` are not reduced: no grouping, pick or distinct."""

    ctes: tuple[Cte, ...]
    bare: frozenset[str] = frozenset()


def outcome(
    ctes: Sequence[Cte],
    given: Mapping[str, Sequence[Record]],
    columns: Sequence[str],
    bare: Collection[str] = (),
    asked: Mapping[str, Collection[str]] | None = None,
) -> list[tuple[Value | Unread, ...]]:
    """The values of the resulting rows. UntestableError where the set of rows cannot be determined.

    `asked`: the columns that these columns depend on, where that is known already.
    """
    run = _Run({cte.name: cte for cte in ctes}, given, bare, asked_of(ctes, columns) if asked is None else asked)
    return [tuple(row[name] for name in columns) for row in run.rows(ctes[-1].name)]  # type: ignore[misc]


def is_detected(mistaken: Sequence[tuple[object, ...]], right: Sequence[tuple[object, ...]], grain: int) -> bool:
    """Whether the resulting rows differ. Where values are unknown, only the first columns are compared."""
    if any(isinstance(cell, Unread) for row in mistaken for cell in row):
        return Counter(row[:grain] for row in mistaken) != Counter(row[:grain] for row in right)
    return Counter(mistaken) != Counter(right)


def mistakes(ctes: Sequence[Cte], inputs: Mapping[str, Relation]) -> Iterator[Mistake]:
    """The plan's possible mistakes: all inputs joined bare, each alone, each lookup without one column.

    Only mistakes that can do harm are listed. Where no input can have several rows, these are joins of reduced inputs
    without one column.
    """
    plan = tuple(ctes)
    reduced = [cte.name for cte in plan if _reduces(cte, plan, inputs)]
    if 1 < len(reduced) <= _TOGETHER:
        yield Mistake(plan, frozenset(reduced))
    yield from (Mistake(plan, frozenset((name,))) for name in reduced)
    for c, cte in enumerate(plan):
        for s, select in enumerate(cte.selects):
            for less in _less(select, inputs, lone=not reduced):
                selects = (*cte.selects[:s], less, *cte.selects[s + 1 :])
                yield Mistake((*plan[:c], replace(cte, selects=selects), *plan[c + 1 :]))


def _reduces(cte: Cte, ctes: Sequence[Cte], inputs: Mapping[str, Relation]) -> bool:
    """Whether the CTE reduces several rows to one: not where it groups by a key of its source."""
    if len(cte.selects) > 1:
        return True
    select = cte.selects[0]
    picked = picked_from(select, {c.name: c for c in ctes})
    if picked is not None:
        select, rank = picked
        window = next(item.tree for item in select.items if item.name == rank)
        by = window.args["partition_by"] if window is not None else []
    else:
        by = [item.tree or column(item.name) for item in select.items[: select.group or 0]]
    own = [tree.name for tree in by if isinstance(tree, exp.Column) and tree.table in ("", select.source)]
    is_one = select.source in inputs and inputs[select.source].state.is_probe(own) is not None
    return (picked is not None or select.group is not None) and not is_one


def _less(select: Select, inputs: Mapping[str, Relation], *, lone: bool) -> Iterator[Select]:
    """Selects with one join column less. A fan-out before a pick is not visible, so those are skipped."""
    if any(isinstance(item.tree, exp.Window) for item in select.items):
        return
    for j, join in enumerate(select.joins):
        for position in range(len(join.on)):
            on = join.on[:position] + join.on[position + 1 :]
            rest = [there.name for _, there in on if isinstance(there, exp.Column)]
            is_lookup = join.cte in inputs
            if lone if not is_lookup else inputs[join.cte].state.is_probe(rest) is None:
                yield replace(select, joins=(*select.joins[:j], replace(join, on=on), *select.joins[j + 1 :]))


def measured(ctes: Sequence[Cte]) -> list[str]:
    """The columns of the last select that depend on an aggregate."""
    made: dict[str, set[str]] = {}
    for cte in ctes:
        for select in cte.selects:
            names = {select.source: select.source, **{join.alias: join.cte for join in select.joins}}
            made.setdefault(cte.name, set()).update(
                item.name
                for item in select.items
                if (any(is_aggregate(n) for n in nodes(item.tree or exp.null())) and item.name not in select.labels)
                or any(
                    c.name in made.get(names[c.table or select.source], ())
                    for c in columns_in(item.tree or column(item.name))
                )
            )
    return [item.name for item in ctes[-1].selects[0].items if item.name in made[ctes[-1].name]]


def asked_of(ctes: Sequence[Cte], columns: Sequence[str]) -> dict[str, set[str]]:
    """The columns of each CTE and input that the given columns, and the choice of rows, depend on."""
    asked: dict[str, set[str]] = {ctes[-1].name: set(columns)}
    for cte in reversed(ctes):
        wanted = asked.setdefault(cte.name, set())
        for select in cte.selects:
            names = {select.source: select.source, **{join.alias: join.cte for join in select.joins}}
            by = select.items[: select.group or 0] if len(cte.selects) == 1 else select.items
            wanted.update(item.name for item in by)
            wanted.update(item.name for item in select.items if isinstance(item.tree, exp.Window))
            for tree in _trees(select, wanted):
                for read in columns_in(tree):
                    asked.setdefault(names[read.table or select.source], set()).add(read.name)
    return asked


def _trees(select: Select, wanted: Collection[str]) -> Iterator[Tree]:
    yield from (item.tree or column(item.name) for item in select.items if item.name in wanted)
    yield from (side for join in select.joins for pair in join.on for side in pair)
    if select.where is not None:
        yield select.where


@dataclass(slots=True)
class _Run:
    ctes: Mapping[str, Cte]
    given: Mapping[str, Sequence[Record]]
    bare: Collection[str]
    asked: Mapping[str, Collection[str]]
    _known: dict[str, list[_Cells]] = field(default_factory=dict)

    def rows(self, name: str) -> Sequence[_Cells]:
        if name in self.given:
            return self.given[name]
        if name not in self._known:
            selects, is_bare = self.ctes[name].selects, name in self.bare
            found = [row for select in selects for row in self._select(select, self.asked[name], is_bare=is_bare)]
            is_distinct = len(selects) > 1 and found and not is_bare
            self._known[name] = _distinct(found, list(found[0])) if is_distinct else found
        return self._known[name]

    def _select(self, select: Select, asked: Collection[str], *, is_bare: bool) -> list[_Cells]:
        picked = picked_from(select, self.ctes)
        if picked is not None:
            ranked = list(self.rows(select.source))
            return ranked if is_bare else _distinct(ranked, [picked[1]])
        envs: list[_Env] = [{select.source: row} for row in self.rows(select.source)]
        for join in select.joins:
            envs = [there for env in envs for there in self._joined(join, env, select.source)]
        if select.where is not None:
            envs = [env for env in envs if _passes(select.where, env, select.source)]
        items = [Item(item.name, shown_by(item, select)) for item in select.items if item.name in asked]
        groups = [[env] for env in envs] if select.group is None or is_bare else _groups(select, envs, select.group)
        return [{item.name: _item(item, group, select.source) for item in items} for group in groups]

    def _joined(self, join: Join, env: _Env, source: str) -> list[_Env]:
        """The rows of a left join for one left row."""
        met: list[_Env] = []
        for row in self.rows(join.cte):
            both = {**env, join.alias: row}
            pairs = [[_value(side, both, source) for side in pair] for pair in join.on]
            if all(a is not None and compared(a) == compared(b) for a, b in pairs):
                met.append(both)
        return met or [{**env, join.alias: {}}]


def _distinct(rows: list[_Cells], names: list[str]) -> list[_Cells]:
    """The first row for each combination of values."""
    first: dict[tuple[object, ...], _Cells] = {}
    for row in rows:
        first.setdefault(tuple(_known_value(row[name]) for name in names), row)
    return list(first.values())


def _groups(select: Select, envs: list[_Env], count: int) -> list[list[_Env]]:
    groups: dict[tuple[object, ...], list[_Env]] = {}
    for env in envs:
        by = tuple(_known_value(_item(item, [env], select.source)) for item in select.items[:count])
        groups.setdefault(by, []).append(env)
    return list(groups.values())


def _known_value(cell: _Cell) -> Value:
    if isinstance(cell, Unread):
        raise UntestableError(cell.why)
    return cell  # type: ignore[return-value]  # a rank is compared, never shown


def _passes(where: Tree, env: _Env, source: str) -> bool:
    return holds(where, lambda read: _read(read, env, source))


def _value(tree: Tree, env: _Env, source: str) -> Value:
    if isinstance(tree, exp.Column):
        return _read(tree, env, source)
    return value_of(tree, lambda read: _read(read, env, source))


def _read(read: exp.Column, env: _Env, source: str) -> Value:
    """A cell; a column that no row of the input has is NULL."""
    return _known_value(env[read.table or source].get(read.name))


def _item(item: Item, envs: list[_Env], source: str) -> _Cell:
    """The value of an item over the rows of a group, which may be one row."""
    tree = item.tree if item.tree is not None else column(item.name)
    env = envs[0]
    if isinstance(tree, exp.Column):
        return env[tree.table or source].get(tree.name)
    try:
        if isinstance(tree, exp.Window):
            return tuple(_value(part, env, source) for part in tree.args["partition_by"])
        return _value(*_aggregated(tree, envs, source), source)
    except UntestableError as problem:
        return Unread(str(problem))


def _aggregated(tree: Tree, envs: list[_Env], source: str) -> tuple[Tree, _Env]:
    """The tree with each aggregate replaced by a column, and a row with these columns."""
    made: dict[str, _Cell] = {}

    def visit(node: Tree) -> Tree:
        if not is_aggregate(node):
            return node
        made[f"aggregate {len(made)}"] = _aggregate(node, envs, source)
        return column(f"aggregate {len(made) - 1}", "")

    inner = rewritten(tree, visit)
    return inner, ({**envs[0], source: {**envs[0][source], **made}} if made else envs[0])


def _aggregate(node: Tree, envs: list[_Env], source: str) -> Value:
    """The value of a count or sum; UntestableError for other aggregates."""
    call = node.this if isinstance(node, exp.Filter) else node
    kept = [e for e in envs if _passes(node.expression.this, e, source)] if call is not node else envs
    if isinstance(call, exp.Count) and isinstance(call.this, exp.Star):
        return len(kept)
    distinct = distinct_of(call.this)
    arguments = [call.this] if distinct is None else distinct.expressions
    if not isinstance(call, (exp.Count, exp.Sum)) or len(arguments) != 1:
        raise UntestableError(f"`{one_line(node)}` cannot be evaluated")
    found = [v for e in kept if (v := _value(arguments[0], e, source)) is not None]
    values = found if distinct is None else list(dict.fromkeys(found))
    if isinstance(call, exp.Count):
        return len(values)
    if not all(isinstance(v, (int, Decimal)) for v in values):
        raise UntestableError(f"`{one_line(node)}` cannot be evaluated")
    return sum(values) if values else None  # type: ignore[arg-type]
