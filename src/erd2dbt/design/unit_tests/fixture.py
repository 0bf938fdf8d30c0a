"""The rows of a model's unit test, from the joins of its plan: two rows on every one-to-many side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.design.plans.plan import Cte, Field, Fixture, Given, Relation
from erd2dbt.design.plans.sample_values import UntestableError, Value, as_cell, padded, read_as
from erd2dbt.design.unit_tests.needed_rows import Demand
from erd2dbt.design.unit_tests.replay import Mistake, Record, Unread, asked_of, is_detected, measured, mistakes, outcome
from erd2dbt.design.unit_tests.solving import Solver
from erd2dbt.design.unit_tests.tableau import Row, Tableau, Variable
from erd2dbt.escape.sql import needs_quotes
from erd2dbt.names.length import NAME_BYTES

_DBT_PREFIX = "__dbt__cte__"  # dbt's CTE name for the rows of an input is the model's name with this prefix


@dataclass(frozen=True, slots=True)
class _Way:
    """How rows are made.

    `merged`: as few as possible. `strangers`: also rows that join no other row. `shared`: all rows of an input have the
    same columns. `measures`: summed columns have values.
    """

    merged: bool = False
    strangers: bool = False
    shared: bool = False
    measures: bool = False


# The fewest rows whose grain reveals a fan-out are best. Rows are not merged where one input is joined under
# conditions that exclude each other, and columns are shared where rows without a grain would come out.
_WAYS = (
    *(
        _Way(merged=m, measures=v, strangers=s)
        for m in (True, False)
        for v, s in ((False, False), (True, False), (True, True))
    ),
    _Way(strangers=True),
    _Way(shared=True),
    _Way(shared=True, measures=True),
    _Way(shared=True, measures=True, strangers=True),
    _Way(strangers=True, shared=True),
)


def fixture(
    model: Relation,
    imports: Sequence[tuple[str, str]],
    ctes: Sequence[Cte],
    shelf: Mapping[str, Relation],
    ephemeral: Collection[str] = (),
) -> Fixture | None:
    """Rows for every input and the expected grain values; None for a model without joins and groups.

    They pass on the plan's own SQL, and fail for as many mistakes as possible. Where the grain alone does not reveal a
    mistake, counts and sums are expected too. `ephemeral`: the relations that are not in the database. UntestableError
    where no such rows can be made.
    """
    if not any(s.joins or s.group is not None or len(cte.selects) > 1 for cte in ctes for s in cte.selects):
        return None
    inputs = {cte: shelf[name] for cte, name in imports}
    _nameable(model, inputs)
    asked = asked_of(ctes, tuple(model.fields))
    types = {cte: _sql_types(relation, asked[cte], ephemeral) for cte, relation in inputs.items()}
    best, problem = _Try(None, 0), UntestableError("nothing that it joins can have several rows")
    query, errors = _Query(model, inputs, ctes, shelf), list(mistakes(ctes, inputs))
    for way in _WAYS:
        try:
            found = _tried(way, query, errors)
        except UntestableError as reason:
            problem = reason
            continue
        best = max(best, found, key=lambda tried: tried.detected)
        if best.detected == len(errors) or (best.detected and way.strangers):
            break
    if best.rows is None:
        raise problem
    return Fixture(
        given=tuple(Given(r.name, tuple(best.rows[cte]), types[cte]) for cte, r in inputs.items()), expect=best.expect
    )


@dataclass(frozen=True, slots=True)
class _Query:
    """A model's selects over its inputs, by CTE."""

    model: Relation
    inputs: Mapping[str, Relation]
    ctes: Sequence[Cte]
    shelf: Mapping[str, Relation]


@dataclass(frozen=True, slots=True)
class _Try:
    """Rows, their result, and the number of mistakes that they reveal."""

    rows: Mapping[str, Sequence[Record]] | None
    detected: int
    expect: tuple[Mapping[str, Value], ...] = ()


def _tried(way: _Way, query: _Query, errors: Sequence[Mistake]) -> _Try:
    model, ctes = query.model, query.ctes
    rows = _rows(query, way)
    columns = (*model.grain, *(measured(ctes) if way.measures else ()))
    right = outcome(ctes, rows, columns)
    count = len(model.grain)
    open_ = {
        n for n, name in enumerate(columns) if n >= count and canonical(model.fields[name].type or "") == "numeric"
    }
    written = outcome(ctes, _with_digits(rows, query.inputs), columns) if open_ else right
    known = [
        n
        for n in range(len(columns))
        if not any(isinstance(r[n], Unread) or r[n] is None for r in right)
        and (n not in open_ or all(_is_written(r[n], w[n]) for r, w in zip(right, written, strict=True)))
    ]
    if known[:count] != list(range(count)) or len({row[:count] for row in right}) < max(len(right), 1):
        return _Try(None, 0)
    shown = tuple(columns[n] for n in known)
    asked = asked_of(ctes, shown)  # a mistake needs the same columns, or fewer
    expected = right if shown == columns else outcome(ctes, rows, shown, asked=asked)
    told = sum(is_detected(outcome(e.ctes, rows, shown, e.bare, asked), expected, count) for e in errors)
    expect = tuple(dict(zip(shown, row, strict=True)) for row in expected)
    return _Try(rows if told else None, told, expect)


def _with_digits(rows: Mapping[str, Sequence[Record]], inputs: Mapping[str, Relation]) -> dict[str, list[Record]]:
    """The rows with decimals of as many digits as their columns have: 1 in a `numeric(8,2)` is 1.00."""
    return {
        cte: [{name: padded(value, inputs[cte].fields[name].type) for name, value in row.items()} for row in found]
        for cte, found in rows.items()
    }


def _is_written(value: Value | Unread, padded_value: Value | Unread) -> bool:
    """Whether a `numeric` without a scale shows the value with these digits. dbt compares texts, and 0 is not 0.00."""
    return not isinstance(value, Unread) and str(as_cell(value)) == str(padded_value)


def _nameable(model: Relation, inputs: Mapping[str, Relation]) -> None:
    """UntestableError where dbt cannot compare the expected columns.

    dbt finds them by lower-case name and casts their values to its own type names. Its own names must fit as well.
    """
    long = [r.model for r in inputs.values() if len(f"{_DBT_PREFIX}{r.model}".encode()) > NAME_BYTES]
    if long:
        raise UntestableError(f"dbt's name for the rows of `{long[0]}` would be too long")
    types = [type_ for name in model.grain if (type_ := model.fields[name].type)]
    odd = [type_ for type_ in types if _is_odd(type_) or family(type_) == "binary"]
    if odd:
        raise UntestableError(f"dbt cannot compare values of the type `{odd[0]}`")
    lower = [name.lower() for name in model.fields]
    alike = [name for name in model.grain if lower.count(name.lower()) > 1]
    if alike:
        raise UntestableError(f"dbt cannot distinguish `{alike[0]}` from the column that differs only in case")


def _rows(query: _Query, way: _Way) -> dict[str, list[Record]]:
    demand = Demand(query.inputs, {cte.name: cte for cte in query.ctes}, way.strangers, way.measures)
    cells = demand.row(query.ctes[-1].name)
    tableau = demand.tableau
    tableau.joined |= {cell for name in query.model.grain if (cell := cells(name)) is not None}
    tableau.rows.sort(key=lambda row: row in demand.strays)
    _complete(tableau, shared=way.shared)
    if way.merged:
        _merge(demand)
    for mine, others in demand.twins:
        tableau.prefer(
            (a.cells[name], b.cells[name])
            for a, b in zip(mine, others, strict=True)
            for name in a.cells
            if name in b.cells and name not in a.relation.grain
        )
    _pass_alike(demand)
    solver = Solver(tableau, demand.conditions, query.shelf)
    return _valued(tableau, solver.values_with(demand.filters), query.inputs)


def _pass_alike(demand: Demand) -> None:
    """Give a matched row and its stranger the same values in filtered columns.

    A row that a filter excludes cannot reveal a wrong join.
    """
    tableau = demand.tableau
    filtered = {v for condition in (*demand.conditions, *demand.filters) for v in condition.cells.values()}
    for met, stranger, differs in demand.unmet:
        known = {tableau.find(variable) for variable in filtered}
        read = [name for name, cell in met.cells.items() if name != differs and tableau.find(cell) in known]
        if met.relation is stranger.relation:
            tableau.prefer((met.cells[name], tableau.cell(stranger, name)) for name in read)


def _merge(demand: Demand) -> None:
    """Merge rows: two rows of one input are the same unless they must be two."""
    tableau = demand.tableau
    rows = [row for row in tableau.rows if row not in demand.strays]
    for place, row in enumerate(rows):
        for earlier in rows[:place]:
            if earlier.relation is row.relation and not tableau.same(earlier, row):
                tableau.prefer((earlier.cells[name], row.cells[name]) for name in row.relation.grain)
            if tableau.same(earlier, row):
                break


def _valued(
    tableau: Tableau, values: Mapping[Variable, Value], inputs: Mapping[str, Relation]
) -> dict[str, list[Record]]:
    """The rows of each input, each once."""
    made: dict[str, list[Record]] = {}
    for cte, relation in inputs.items():
        found: dict[tuple[Value, ...], dict[str, Value]] = {}
        for row in tableau.rows:
            if row.relation is relation:
                cells = {
                    name: _stored(values[tableau.find(row.cells[name])], shown)
                    for name, shown in relation.fields.items()
                    if name in row.cells
                }
                found.setdefault(tuple(cells[name] for name in relation.grain), {}).update(cells)
        made[cte] = [_in_order(row, relation) for row in found.values()]
    return made


def _stored(value: Value, shown: Field) -> Value:
    """The value as the column stores it: a day in a timestamp is its midnight."""
    is_moment = isinstance(value, date) and family(shown.type or "") in ("date", "timestamp")
    return read_as(value, shown.type or "") if is_moment else value


def _in_order(row: Mapping[str, Value], relation: Relation) -> Record:
    return {name: row[name] for name in relation.fields if name in row and row[name] is not None}


def _complete(tableau: Tableau, *, shared: bool) -> None:
    """Give a value to not-null columns that some row of an input has. `shared`: to all columns."""
    by_relation: dict[str, list[Row]] = {}
    for row in tableau.rows:
        by_relation.setdefault(row.relation.name, []).append(row)
    wanted = []
    for rows in by_relation.values():
        for name in dict.fromkeys(name for row in rows for name in row.cells):
            first = next(row for row in rows if name in row.cells)
            missing = [row for row in rows if name not in row.cells]
            if shared or name in first.relation.state.not_null:
                wanted += [(first.cells[name], tableau.cell(row, name)) for row in missing]
    tableau.prefer(wanted)


def _sql_types(relation: Relation, asked: Collection[str], ephemeral: Collection[str]) -> Mapping[str, str] | None:
    """The types of the columns that the model reads, where the rows must be SQL; None where dbt can make them.

    dbt reads the input's columns from the database, knows no arrays and user-defined types, and quotes no name.
    """
    fields = relation.fields.values()
    if relation.name not in ephemeral and not any(needs_quotes(f.name) or _is_odd(f.type) for f in fields):
        return None
    types = {name: f.type for name, f in relation.fields.items() if name in asked}
    hidden = [name for name, type_ in types.items() if type_ is None]
    if hidden:
        raise UntestableError(f"the type of `{relation.name}.{hidden[0]}` is not known")
    return {name: type_ for name, type_ in types.items() if type_ is not None}


def _is_odd(type_: str | None) -> bool:
    return type_ is not None and (canonical(type_) is None or family(type_) == "array")
