"""The PostgreSQL types of the columns that a query returns, as far as they follow from the models that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError

from erd2dbt.design.plans.plan import Relation
from erd2dbt.sql.inference import TypeOf, common, infer
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.reading import read_one
from erd2dbt.sqlproof.names import alias_columns, alias_of, folded, output_name

Types = dict[str, str | None]
_Env = Mapping[str, Types]


def types_of(query: exp.Query, reads: Mapping[str, Relation]) -> Types:
    """Column -> type, None where it is hidden; `reads` are the relations by their dbt names."""
    tables = {name: {f.name: f.type for f in relation.fields.values()} for name, relation in reads.items()}
    try:
        return _of_query(query, tables)
    except RecursionError:
        return {}


def _of_query(query: exp.Expr, env: _Env) -> Types:
    """The types of any query; a named select is seen by those behind it, a recursive one by itself as well."""
    known = dict(env)
    with_ = query.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        name = folded(cte.args["alias"].this)
        if with_ is not None and with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
            known[name] = _called(_of_query(cte.this.this, known), alias_columns(cte))
        known[name] = _called(_of_query(cte.this, known), alias_columns(cte))
    if isinstance(query, exp.Subquery):
        return _of_query(query.this, known)
    if isinstance(query, exp.SetOperation):
        left, right = _of_query(query.this, known), _of_query(query.expression, known)
        pairs = zip(left.items(), right.values(), strict=False)
        return {name: common((type_, other)) for (name, type_), other in pairs}
    return _of_select(query, known) if isinstance(query, exp.Select) else {}


def _called(types: Types, names: tuple[str, ...]) -> Types:
    """The same under the names of `as t(a, b)`."""
    return dict(zip((*names, *[*types][len(names) :]), types.values(), strict=False))


def _of_select(select: exp.Select, env: _Env) -> Types:
    sources = dict(_sources(select, env))

    def type_of(column: exp.Column) -> str | None:
        name, table = folded(column.this), column.args.get("table")
        if table is not None:
            return sources.get(folded(table), {}).get(name)
        return next((types[name] for types in sources.values() if name in types), None)

    found: Types = {}
    for item in select.expressions:
        if isinstance(item, exp.Star):
            found |= {name: type_ for types in sources.values() for name, type_ in types.items()}
        elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            found |= sources.get(folded(item.args.get("table")), {})
        else:
            found[output_name(item)] = _of_item(item.unalias(), env, type_of)
    return found


def _of_item(tree: exp.Expr, env: _Env, type_of: TypeOf) -> str | None:
    """An expression, read once more as a formula is: with calls as they are written."""
    if isinstance(tree, exp.Subquery):
        return next(iter(_of_query(tree, env).values()), None)
    try:
        return infer(read_one(one_line(tree)), type_of)
    except SqlglotError:
        return infer(tree, type_of)


def _sources(select: exp.Select, env: _Env) -> Iterator[tuple[str, Types]]:
    """What stands in FROM and JOIN, by its alias."""
    source = select.args.get("from_")
    for part in (source, *(select.args.get("joins") or [])):
        tree = part.this if part is not None else None
        if isinstance(tree, exp.Table) and isinstance(tree.this, exp.Identifier):
            name = folded(tree.this)
            yield alias_of(tree) or name, _called(env.get(name, {}), alias_columns(tree))
        elif isinstance(tree, exp.Query):
            yield alias_of(tree), _called(_of_query(tree, env), alias_columns(tree))
        elif isinstance(tree, exp.Lateral) and isinstance(tree.this, exp.Query):
            yield alias_of(tree), _called(_of_query(tree.this, env), alias_columns(tree))
