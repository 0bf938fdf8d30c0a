"""The PostgreSQL types of a query's columns, as far as they follow from the models that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.design.plans.plan import Relation
from erd2dbt.sql.inference import TypeOf, common, infer
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.reading import read_one
from erd2dbt.sql.trees import copied, rewritten
from erd2dbt.sqlproof.names import alias_columns, folded
from erd2dbt.sqlproof.output_columns import known_of, output_columns, source_columns, under_names

Types = dict[str, str | None]
_Env = Mapping[str, Types]


def types_of(query: exp.Query, reads: Mapping[str, Relation]) -> Types:
    """Column -> type, None where it is unknown. `reads`: the relations by their dbt names."""
    tables = {name: {f.name: f.type for f in relation.fields.values()} for name, relation in reads.items()}
    try:
        return _of_query(query, tables)
    except RecursionError:
        return {}


@dataclass(frozen=True, slots=True)
class Scope:
    """A select of a query, with the types of its columns and of the relations in its environment."""

    select: exp.Select
    type_of: TypeOf
    env: _Env

    def formula(self, tree: exp.Expr) -> Formula:
        """An expression of this select, with the types of its scalar subqueries."""
        return as_formula(tree, self.env, self.type_of)

    def within(self, query: exp.Expr) -> list[Scope]:
        """The selects of a subquery in an expression, which also sees the columns of this select."""
        seen: _Seen = []
        _of_query(query, self.env, seen)
        return [Scope(one.select, _either(one.type_of, self.type_of), one.env) for one in seen]


def _either(inner: TypeOf, outer: TypeOf) -> TypeOf:
    return lambda column: inner(column) or outer(column)


_Seen = list[Scope]


def scopes_of(query: exp.Query, reads: Mapping[str, Relation]) -> list[Scope]:
    """Every select of a query except those inside expressions."""
    tables = {name: {f.name: f.type for f in relation.fields.values()} for name, relation in reads.items()}
    seen: _Seen = []
    _of_query(query, tables, seen)
    return seen


def _untyped(column: exp.Column) -> str | None:
    return None


_NULL = "null"  # stands for the type of NULL, which takes the type of the other selects of a set operation


def _of_query(query: exp.Expr, env: _Env, seen: _Seen | None = None, outer: TypeOf = _untyped) -> Types:
    """The types of any query. `outer`: the types of the columns of enclosing queries."""
    return {name: None if type_ == _NULL else type_ for name, type_ in _of_branch(query, env, seen, outer).items()}


def _of_branch(query: exp.Expr, env: _Env, seen: _Seen | None, outer: TypeOf) -> Types:
    """The types of a query that may be a part of a set operation.

    A CTE is visible to later ones; a recursive CTE is also visible to itself.
    """
    known = dict(env)
    with_ = query.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        name = folded(cte.args["alias"].this)
        if with_ is not None and with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
            known[name] = under_names(_of_query(cte.this.this, known, seen), alias_columns(cte))
        known[name] = under_names(_of_query(cte.this, known, seen), alias_columns(cte))
    if isinstance(query, exp.Subquery):
        return _of_branch(query.this, known, seen, outer)
    if isinstance(query, exp.SetOperation):
        left, right = _of_branch(query.this, known, seen, outer), _of_branch(query.expression, known, seen, outer)
        pairs = zip(left.items(), right.values(), strict=False)
        return {name: _united(type_, other) for (name, type_), other in pairs}
    return _of_select(query, known, seen, outer) if isinstance(query, exp.Select) else {}


def _united(one: str | None, other: str | None) -> str | None:
    if _NULL in (one, other):
        return other if one == _NULL else one
    return common((one, other))


def _of_select(select: exp.Select, env: _Env, seen: _Seen | None, outer: TypeOf) -> Types:
    def of_item(query: exp.Query, before: Mapping[str, Types]) -> Types:
        return _of_query(query, env, seen, _either(lambda column: known_of(column, before), outer))

    sources = source_columns(select, env, of_item)

    def type_of(column: exp.Column) -> str | None:
        return known_of(column, sources) or outer(column)

    if seen is not None:
        seen.append(Scope(select, type_of, env))
    return output_columns(
        select, sources, lambda tree: _NULL if isinstance(tree, exp.Null) else _of_item(tree, env, type_of)
    )


def _of_item(tree: exp.Expr, env: _Env, type_of: TypeOf) -> str | None:
    formula = as_formula(tree, env, type_of)
    return infer(formula.tree, formula.type_of)


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression of a query, parsed again like a formula, so that its calls are those whose types are known.

    Each scalar subquery is a column in it, whose type is that of its one output.
    """

    tree: exp.Expr
    type_of: TypeOf
    subqueries: Mapping[str, exp.Subquery]

    def written(self, part: exp.Expr) -> exp.Expr:
        """A part of the expression as the query has it."""

        def visit(node: exp.Expr) -> exp.Expr:
            return self.subqueries.get(node.name, node) if isinstance(node, exp.Column) else node

        return rewritten(part, visit)


def as_formula(tree: exp.Expr, env: _Env, type_of: TypeOf) -> Formula:
    subqueries: dict[str, exp.Subquery] = {}
    types: Types = {}

    def visit(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Query):
            return node
        if not isinstance(node, exp.Subquery) or isinstance(node.parent, (exp.Any, exp.All)) or node.arg_key == "query":
            return copied(node)  # of `exists`, `array`, `in` and `any`: several rows
        name = f"({len(subqueries)})"  # no name that people write
        subqueries[name] = node
        types[name] = next(iter(_of_query(node, env, outer=type_of).values()), None)
        return exp.Column(this=exp.Identifier(this=name, quoted=True))

    whole = rewritten(tree, visit)
    with suppress(SqlglotError):
        whole = read_one(one_line(whole))
    return Formula(whole, lambda column: types[column.name] if column.name in types else type_of(column), subqueries)
