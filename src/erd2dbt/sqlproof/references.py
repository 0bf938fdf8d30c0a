"""Column references of a query that match no column, or several. PostgreSQL rejects both."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from erd2dbt.sqlproof.comparisons import look_at_list
from erd2dbt.sqlproof.names import folded, output_name
from erd2dbt.sqlproof.null_lists import look_at_constants, look_at_flag, look_at_nulls
from erd2dbt.sqlproof.nulls import reads_own_row
from erd2dbt.sqlproof.query_analysis import Doubted
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.relation import Rel, one_or
from erd2dbt.sqlproof.scope import Missing, Scope
from erd2dbt.sqlproof.subqueries import is_scalar

# Words that PostgreSQL evaluates itself, and the system columns of every table.
_OWN = frozenset(
    "user session_user current_user current_role current_catalog current_schema current_date current_time "
    "current_timestamp localtime localtimestamp ctid xmin xmax cmin cmax tableoid".split()
)


def look_at_references(reader: Reader, tree: exp.Select, env: Env, scope: Scope) -> None:
    """Note the references without a column in one select, and in the subqueries of its expressions."""
    aliases = {output_name(item) for item in tree.expressions if isinstance(item, exp.Alias)}
    for clause, named in _clauses(tree):
        if named and isinstance(clause, exp.Column) and not clause.args.get("table") and folded(clause.this) in aliases:
            continue
        if reader.watch:
            look_at_constants(reader, clause)
        for node in _outermost(clause):
            if isinstance(node, exp.Query):
                look_at_list(reader, tree, scope, node, _within(reader, node, env, scope))
            elif (lost := _lost(node, scope)) is not None:
                reader.lost.append(lost)
            elif reader.watch:
                look_at_flag(reader, node, scope)


def _lost(column: exp.Column, scope: Scope) -> Missing | None:
    if isinstance(column.this, exp.Star) or column.args.get("db"):
        return None
    name, qualified = folded(column.this), bool(column.args.get("table"))
    if name in _OWN and (not qualified or name in ("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid")):
        return None
    found = scope.find(column)
    if not isinstance(found, Missing) or not found.why:
        return None
    unknown = found.why != "ambiguous" and _is_open(scope, folded(column.args.get("table")) if qualified else "")
    return None if unknown else found


def _is_open(scope: Scope | None, table: str) -> bool:
    """Whether a table may have unknown columns, here or in an enclosing query."""
    while scope is not None:
        if scope.sources[table].open if table in scope.sources else not table and scope.open:
            return True
        if table in scope.sources:
            return False
        scope = scope.outer
    return False


def _within(reader: Reader, query: exp.Query, env: Env, scope: Scope) -> Rel:
    """Read a subquery for its references and the number of its rows. Its aggregates are analyzed elsewhere."""
    traps, steps = len(reader.traps), len(reader.steps)
    rel = reader.query(reader, query, env, scope)
    del reader.traps[traps:], reader.steps[steps:]
    if is_scalar(query) and one_or(rel.state).one is None and rel.state.is_key(()) is None:
        reader.doubt(Doubted.SEVERAL_ROWS, query)
    look_at_nulls(reader, rel, query, own=reads_own_row(reader, query, env, scope))
    return rel


def _clauses(tree: exp.Select) -> Iterator[tuple[exp.Expr, bool]]:
    """The expressions of a select; for each, whether a bare name in it may be an output column."""
    yield from ((item, False) for item in tree.expressions)
    yield from ((join.args["on"], False) for join in tree.args.get("joins") or () if join.args.get("on"))
    yield from ((tree.args[clause].this, False) for clause in ("where", "having") if tree.args.get(clause))
    yield from ((window, False) for window in tree.args.get("windows") or ())
    yield from ((key, True) for key in _keys(tree.args.get("group")))
    distinct, order = tree.args.get("distinct"), tree.args.get("order")
    if distinct is not None and distinct.args.get("on") is not None:
        yield from ((key, True) for key in distinct.args["on"].expressions)
    if order is not None:
        yield from ((term.this if isinstance(term, exp.Ordered) else term, True) for term in order.expressions)


def _keys(group: exp.Expr | None) -> Iterator[exp.Expr]:
    """The group keys, also within brackets, ROLLUP, CUBE and GROUPING SETS."""
    waiting = list(group.iter_expressions()) if group is not None else []
    while waiting:
        key = waiting.pop()
        if isinstance(key, (exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple, exp.Paren)):
            waiting += key.iter_expressions()
        else:
            yield key


def _outermost(tree: exp.Expr) -> Iterator[exp.Column | exp.Query]:
    """The columns of an expression, and its subqueries as a whole: these have their own rows."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (exp.Column, exp.Query)):
            yield node
        elif not isinstance(node, (exp.Kwarg, exp.PropertyEQ)):
            waiting += node.iter_expressions()
        else:
            waiting.append(node.expression)
