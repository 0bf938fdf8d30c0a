"""Faults of hand-written SQL that give doubtful values: any of several rows, or one level for several."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlglot import exp

from erd2dbt.design.joins.fanout_faults import listed
from erd2dbt.design.joins.missing_rows import cause
from erd2dbt.design.joins.walks import World
from erd2dbt.design.models.attribute_origins import null_in
from erd2dbt.design.models.sql_text import SqlText, assuming
from erd2dbt.diagram import repairs
from erd2dbt.faults.diagnostics import Collector, Hint
from erd2dbt.sqlproof.query import Watched
from erd2dbt.sqlproof.query_analysis import AnyRow, Doubt, Doubted, Undecided

_Fault = tuple[str, str, tuple[str, ...]]  # the code, the message and the fixes


def report(text: SqlText, seen: Watched, world: World, faults: Collector, accepted: Collection[str]) -> bool:
    """Add the faults of doubtful values. Returns whether one is an error."""
    for any_row in seen.any_rows:
        _any_row(text, any_row, faults, accepted)
    failing = False
    for doubt in seen.doubts:
        found = _KINDS[doubt.kind](text, doubt, world)
        if found is None or found[0] in accepted:
            continue
        code, message, fixes = found
        faults.add(code, message, text.place(doubt.node), fixes=fixes)
        failing = failing or code.startswith("E")
    return failing


def _any_row(text: SqlText, found: AnyRow, faults: Collector, accepted: Collection[str]) -> None:
    """W207 without an order, I204 for an order with ties."""
    code = "I204" if found.ordered else "W207"
    if code in accepted:
        return
    where = f"`{found.cte}` of `{text.spec.name}`" if found.cte else f"the SQL of `{text.spec.name}`"
    where = _where(text, found.cte)
    does = "collects rows in any order" if found.kind is Undecided.LIST else "takes any of several rows"
    if found.kind is Undecided.RUN:
        message = f"in {where}, `{found.written}` gives another value at each run"
        fix = "compute it from columns, so that the model can be built again with the same result"
    elif found.ordered:
        message = f"in {where}, `{found.written}` {does}: rows can tie in its order"
        fix = "append the key of the rows to the order"
    else:
        gap = "is given" if found.kind is Undecided.LIST else "says which"
        message = f"in {where}, `{found.written}` {does}: no `order by` {gap}"
        fix = "say in which order: add `order by`, up to a key of the rows"
    faults.add(code, message, text.place(found.node), fixes=(Hint(fix), repairs.accepting(code, text.spec.name)))


def _where(text: SqlText, cte: str | None) -> str:
    return f"`{cte}` of `{text.spec.name}`" if cte else f"the SQL of `{text.spec.name}`"


def _several_rows(text: SqlText, doubt: Doubt, _: World) -> _Fault:
    """E202: a subquery that stands for one value, and that PostgreSQL refuses when it returns two rows."""
    message = (
        f"in {_where(text, doubt.cte)}, `{doubt.written}` stands for one value and may return several rows: "
        "PostgreSQL then fails"
    )
    fixes = (
        Hint("aggregate its rows, such as by `max(…)`, or take one: `order by … limit 1`"),
        Hint("or claim the columns that it compares as `unique:` in the entity, which becomes a test"),
        *assuming(text.spec, "or say why it returns one row (no test checks this; the grain gets a test)"),
    )
    return "E202", message, fixes


def _one_level(text: SqlText, doubt: Doubt, _: World) -> _Fault:
    """W309: the last balance of a customer is that of one account, not the balance of the customer."""
    message = (
        f"in {_where(text, doubt.cte)}, one level of `{doubt.written}` stands for all, and there is a level for each "
        f"{listed(doubt.of)}: the others are ignored"
    )
    fixes = (
        Hint("sum the levels of one time in a CTE that groups by the time, and pick from that"),
        Hint(f"or show which one it is: return {listed(doubt.of)} too"),
        repairs.accepting("W309", text.spec.name),
    )
    return "W309", message, fixes


def _null_in_list(text: SqlText, doubt: Doubt, world: World) -> _Fault | None:
    """W402: `not in` of a list with a NULL is true for no row. None where nothing says that the list may have one."""
    for name, shown, null in zip(doubt.of, doubt.shows, doubt.nulls, strict=True):
        gap = null_in(shown, text.reads, world) or null or ""
        if gap:
            because = gap if isinstance(gap, str) else cause(world, gap)
            message = (
                f"in {_where(text, doubt.cte)}, `{doubt.written}` excludes every row if its list has a NULL, and "
                f"`{name}` may be NULL: {because}"
            )
            around = "" if null is None else ", around its query"
            constant = Hint("remove `null` from the list") if name == "null" else None
            fixes = (
                constant or Hint(f"exclude NULL from the list: `where {name} is not null`{around}"),
                Hint("or write `not exists`, which compares each row of the list"),
                repairs.accepting("W402", text.spec.name),
            )
            return "W402", message, fixes
    return None


def _compared_with_null(text: SqlText, doubt: Doubt, _: World) -> _Fault:
    """W402: a comparison with `null` is NULL, for every row. In a list, the `null` finds no row."""
    (value,) = doubt.of
    is_list = isinstance(doubt.node, exp.In)
    never = "`null` in the list matches no row" if is_list else "it is true for no row"
    message = f"in {_where(text, doubt.cte)}, `{doubt.written}` compares with NULL: {never}"
    test = f"{value} is not null" if isinstance(doubt.node, exp.NEQ) else f"{value} is null"
    test = f"case when {test}" if isinstance(doubt.node, exp.If) else test
    again = f"write `{test}`" if isinstance(doubt.node, (exp.EQ, exp.NEQ, exp.If)) else "compare it with a value"
    again = f"remove `null` from the list, or add `or {test}`" if is_list else again
    return "W402", message, (Hint(again), repairs.accepting("W402", text.spec.name))


_KINDS: dict[Doubted, Callable[[SqlText, Doubt, World], _Fault | None]] = {
    Doubted.SEVERAL_ROWS: _several_rows,
    Doubted.ONE_LEVEL: _one_level,
    Doubted.NULL_IN_LIST: _null_in_list,
    Doubted.COMPARED_WITH_NULL: _compared_with_null,
}
