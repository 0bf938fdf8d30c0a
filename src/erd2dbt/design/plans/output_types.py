"""The PostgreSQL types of the columns that a query returns, as far as they follow from the models that it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Scope:
    """A select of a query, the types of the columns that it sees, and of the relations that it could read."""

    select: exp.Select
    type_of: TypeOf
    env: _Env

    def within(self, query: exp.Expr) -> list[Scope]:
        """The selects of a query inside of an expression, which sees the columns of this one as well."""
        seen: _Seen = []
        _of_query(query, self.env, seen)
        return [Scope(one.select, _either(one.type_of, self.type_of), one.env) for one in seen]


def _either(inner: TypeOf, outer: TypeOf) -> TypeOf:
    return lambda column: inner(column) or outer(column)


_Seen = list[Scope]


def scopes_of(query: exp.Query, reads: Mapping[str, Relation]) -> list[Scope]:
    """Every select of a query but those inside of expressions."""
    tables = {name: {f.name: f.type for f in relation.fields.values()} for name, relation in reads.items()}
    seen: _Seen = []
    _of_query(query, tables, seen)
    return seen


def _of_query(query: exp.Expr, env: _Env, seen: _Seen | None = None) -> Types:
    """The types of any query; a named select is seen by those behind it, a recursive one by itself as well."""
    known = dict(env)
    with_ = query.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        name = folded(cte.args["alias"].this)
        if with_ is not None and with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
            known[name] = _called(_of_query(cte.this.this, known, seen), alias_columns(cte))
        known[name] = _called(_of_query(cte.this, known, seen), alias_columns(cte))
    if isinstance(query, exp.Subquery):
        return _of_query(query.this, known, seen)
    if isinstance(query, exp.SetOperation):
        left, right = _of_query(query.this, known, seen), _of_query(query.expression, known, seen)
        pairs = zip(left.items(), right.values(), strict=False)
        return {name: common((type_, other)) for (name, type_), other in pairs}
    return _of_select(query, known, seen) if isinstance(query, exp.Select) else {}


def _called(types: Types, names: tuple[str, ...]) -> Types:
    """The same under the names of `as t(a, b)`."""
    return dict(zip((*names, *[*types][len(names) :]), types.values(), strict=False))


def _of_select(select: exp.Select, env: _Env, seen: _Seen | None) -> Types:
    sources = dict(_sources(select, env, seen))

    def type_of(column: exp.Column) -> str | None:
        name, table = folded(column.this), column.args.get("table")
        if table is not None:
            return sources.get(folded(table), {}).get(name)
        return next((types[name] for types in sources.values() if name in types), None)

    if seen is not None:
        seen.append(Scope(select, type_of, env))
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


def _sources(select: exp.Select, env: _Env, seen: _Seen | None) -> Iterator[tuple[str, Types]]:
    """What is in FROM and JOIN, by its alias."""
    source = select.args.get("from_")
    for part in (source, *(select.args.get("joins") or [])):
        tree = part.this if part is not None else None
        if isinstance(tree, exp.Table) and isinstance(tree.this, exp.Identifier):
            name = folded(tree.this)
            yield alias_of(tree) or name, _called(env.get(name, {}), alias_columns(tree))
        elif isinstance(tree, exp.Query):
            yield alias_of(tree), _called(_of_query(tree, env, seen), alias_columns(tree))
        elif isinstance(tree, exp.Lateral) and isinstance(tree.this, exp.Query):
            yield alias_of(tree), _called(_of_query(tree.this, env, seen), alias_columns(tree))
