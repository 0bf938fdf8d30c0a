"""Conditions that NULL keeps from being true: values that are in no list with a NULL, and comparisons with `null`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import nodes
from erd2dbt.sqlproof.names import folded
from erd2dbt.sqlproof.query_analysis import Doubt, Doubted
from erd2dbt.sqlproof.reader import Reader
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Scope
from erd2dbt.sqlproof.shown import MaybeNull
from erd2dbt.sqlproof.subqueries import excluding, membership, without_members

_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def look_at_constants(reader: Reader, clause: exp.Expr) -> None:
    """Doubt `x not in (1, null)`, which is true for no row, and `x = null`, which is neither true nor false."""
    for node in nodes(clause):
        if isinstance(node, exp.In) and any(map(_is_null, node.expressions)):
            condition = without_members(node)
            if condition is not None:
                why = "`null` is one of its values"
                written = one_line(condition)
                reader.doubts.append(
                    Doubt(Doubted.NULL_IN_LIST, written, reader.cte, ("null",), ((),), condition, (why,))
                )
            else:
                _compared(reader, node, node.this)
        elif isinstance(node, _COMPARED) and (_is_null(node.this) or _is_null(node.expression)):
            _compared(reader, node, node.this if _is_null(node.expression) else node.expression)
        elif isinstance(node, exp.Case) and node.this is not None:
            for branch in node.args["ifs"]:
                if _is_null(branch.this):
                    written = f"case {one_line(node.this)} when null"
                    reader.doubt(Doubted.COMPARED_WITH_NULL, branch, written, (one_line(node.this),))


def look_at_nulls(reader: Reader, rel: Rel, query: exp.Expr, *, own: bool) -> None:
    """Doubt a list of excluded values with columns that are not known to be filled: a NULL in it excludes all rows.

    `rel`: what the list has. `own`: it is never made of no rows. A test for members may be a column that a later
    select negates.
    """
    condition, test = excluding(query), membership(query)
    node = condition if condition is not None else test
    open_ = [(name, id_) for name, id_ in zip(rel.names, rel.ids, strict=True) if id_ not in rel.state.not_null]
    if not open_ or rel.open or node is None:
        return
    known = [rel.nulls.get(id_, MaybeNull()) for _, id_ in open_]
    listed = _elements(query, rel)
    names = tuple(listed.get(name, name) for name, _ in open_)
    shows = tuple(rel.shows.get(id_, ()) or why.shown for (_, id_), why in zip(open_, known, strict=True))
    made = [why.why or ("" if own else why.of_none) for why in known]
    plain = [
        bool(rel.shows.get(id_)) or (name in listed and bool(why.shown))
        for (name, id_), why in zip(open_, known, strict=True)
    ]
    nulls = tuple(None if is_plain else why for is_plain, why in zip(plain, made, strict=True))
    doubt = Doubt(Doubted.NULL_IN_LIST, one_line(node), reader.cte, names, shows, node, nulls)
    if condition is not None:
        reader.doubts.append(doubt)
    else:
        reader.members[id(node)] = doubt


def _elements(query: exp.Expr, rel: Rel) -> dict[str, str]:
    """The columns of a subquery that are arrays of the values of a column, each with that column."""
    items = zip(rel.names, query.unnest().expressions, strict=False)
    arrays = [(name, item.unalias().this) for name, item in items if isinstance(item.unalias(), exp.ArrayAgg)]
    return {name: one_line(value) for name, value in arrays if isinstance(value, exp.Column)}


def look_at_flag(reader: Reader, column: exp.Column, scope: Scope) -> None:
    """Doubt the negation of a column that shows whether a value is in a list with a NULL."""
    doubt, condition = _flag(column, scope), without_members(column)
    if doubt is not None and condition is not None:
        reader.doubts.append(replace(doubt, written=one_line(condition), cte=reader.cte, node=condition))


def flags(reader: Reader, scope: Scope, shown: Sequence[tuple[str, str, exp.Expr | None]]) -> dict[str, Doubt]:
    """The outputs of a select that show whether a value is in a list with a NULL. They are NULL for other values.

    `shown`: (output, id, expression or None for a column of a star).
    """
    before = {id_: doubt for rel in scope.sources.values() for id_, doubt in rel.members.items()}
    found: dict[str, Doubt] = {}
    for out, id_, tree in shown:
        doubt = before.get(id_)
        for node in nodes(tree) if tree is not None and doubt is None else ():
            here = _flag(node, scope) if isinstance(node, exp.Column) else reader.members.get(id(node))
            doubt = here if here is not None and _is_result(node, tree) else doubt
        if doubt is not None:
            found[out] = doubt
    return found


def _flag(column: exp.Column, scope: Scope) -> Doubt | None:
    flagged = {id_: doubt for rel in scope.sources.values() for id_, doubt in rel.members.items()}
    found = scope.find(column) if flagged and not isinstance(column.this, exp.Star) and folded(column.this) else None
    return flagged.get(found) if isinstance(found, str) else None


def _is_result(node: exp.Expr, tree: exp.Expr | None) -> bool:
    """Whether an expression is NULL where a condition in it is: only `and`, `or` and brackets are around it."""
    while node is not tree and isinstance(node.parent, (exp.Paren, exp.Connector)):
        node = node.parent
    return node is tree


def _compared(reader: Reader, node: exp.Expr, value: exp.Expr) -> None:
    reader.doubt(Doubted.COMPARED_WITH_NULL, node, "", (one_line(value),))


def _is_null(tree: exp.Expr) -> bool:
    inner = tree.unnest()
    return isinstance(inner.this.unnest() if isinstance(inner, exp.Cast) else inner, exp.Null)
