"""Rows that are not among those of another relation: `not exists (…)`, `not in (select …)`, a left join without match.

Two selects of a union have no key in common, where the rows of one come from a relation, and the other excludes all
keys of it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.trees import rewritten
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.functions import steady
from erd2dbt.sqlproof.names import alias_columns, alias_of, folded
from erd2dbt.sqlproof.parts import Part
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.relation import Rel
from erd2dbt.sqlproof.scope import Scope

_SIMPLE = {"expressions", "from_", "where", "kind"}
_NAMED = {"this", "db", "alias"}
_ColumnOf = Callable[[exp.Expr], str | None]
_Pairs = Sequence[tuple[exp.Expr, exp.Expr]]


def relation_of(reader: Reader, table: exp.Expr, env: Env) -> Hashable | None:
    """What identifies the table or CTE that FROM names; None for anything else, and for a recursive CTE."""
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier) or alias_columns(table):
        return None
    if any(value and name not in _NAMED for name, value in table.args.items()):
        return None
    name, schema = folded(table.this), folded(table.args.get("db"))
    cte = None if schema else env.get(name)
    if cte is not None:
        return None if cte.recursive or cte.busy else ("cte", id(cte.node))
    home = f"{schema}.{name}" if schema else name
    return ("table", home) if home in reader.tables else None


def taken(first: Rel, tree: exp.Select, scope: Scope) -> tuple[Part, ...]:
    """The relations that each row of a select comes from, by its first source."""
    where = tree.args.get("where")
    terms = list(predicates.conjuncts(where.this)) if where is not None else []
    return tuple(_with_conditions(part, terms, scope) for part in first.part_of)


def _with_conditions(part: Part, terms: Sequence[exp.Expr], scope: Scope) -> Part:
    shows = dict(part.shows)

    def column_of(column: exp.Expr) -> str | None:
        found = scope.find(column) if isinstance(column, exp.Column) else None
        return shows.get(found) if isinstance(found, str) else None

    said = (_written(term, column_of) for term in terms)
    return replace(part, where=part.where.union(text for text in said if text is not None))


def _written(term: exp.Expr, column_of: _ColumnOf) -> str | None:
    """A condition in the columns of a relation; None where it reads anything else."""
    if not steady(term) or term.find(exp.Query) is not None:
        return None
    found = {id(column): column_of(column) for column in term.find_all(exp.Column)}
    if not found or None in found.values():
        return None

    def shown(node: exp.Expr) -> exp.Expr:
        name = found.get(id(node))
        return exp.column(name, quoted=True) if isinstance(name, str) else node

    return one_line(rewritten(term, shown))


@dataclass(frozen=True, slots=True)
class _Excluding:
    """A select whose WHERE excludes rows of other relations."""

    reader: Reader
    scope: Scope
    env: Env

    def by_condition(self, term: exp.Expr) -> Part | None:
        """What `not exists (…)` or `not in (select …)` excludes."""
        inner = predicates.bare(term.this) if isinstance(term, exp.Not) else None
        if isinstance(inner, exp.Exists):
            return self._looked_for(inner.this, ())
        if not isinstance(inner, exp.In) or inner.args.get("query") is None:
            return None
        query = inner.args["query"].unnest()
        here = inner.this.expressions if isinstance(inner.this, exp.Tuple) else [inner.this]
        there = [item.unalias() for item in query.expressions] if isinstance(query, exp.Select) else []
        return self._looked_for(query, list(zip(here, there, strict=True))) if len(here) == len(there) else None

    def by_join(self, join: exp.Join) -> Part | None:
        """What a left join looks for. Rows without a match are excluded by a condition in WHERE."""
        if join.side != "LEFT" or not isinstance(join.this, exp.Table):
            return None
        if not join.args.get("using"):
            on = join.args.get("on")
            return self._part(join.this, list(predicates.conjuncts(on)), ()) if on is not None else None
        first, relation = next(iter(self.scope.sources.values())), relation_of(self.reader, join.this, self.env)
        names = [folded(name) for name in join.args["using"]]
        shows = tuple((id_, name) for name in names if (id_ := first.index.get(name)) is not None)
        return Part(relation, shows) if relation is not None and len(shows) == len(names) else None

    def _looked_for(self, query: exp.Expr, pairs: _Pairs) -> Part | None:
        """The rows that a subquery looks for. `pairs`: expressions here and there that are equal, besides its WHERE."""
        select = query.unnest()
        if not isinstance(select, exp.Select) or any(v and name not in _SIMPLE for name, v in select.args.items()):
            return None
        source, where = select.args.get("from_"), select.args.get("where")
        terms = list(predicates.conjuncts(where.this)) if where is not None else []
        return self._part(source.this, terms, pairs) if source is not None else None

    def _part(self, table: exp.Expr, terms: Sequence[exp.Expr], pairs: _Pairs) -> Part | None:
        """The rows of a table that the conditions compare with a row here; None where a condition says more."""
        relation = relation_of(self.reader, table, self.env)
        if relation is None or not isinstance(table, exp.Table):
            return None
        types, alias = self._types(table), alias_of(table) or folded(table.this)

        def there(tree: exp.Expr) -> str | None:
            column = predicates.bare(tree)
            if not isinstance(column, exp.Column) or isinstance(column.this, exp.Star):
                return None
            name, owner = folded(column.this), folded(column.args.get("table"))
            return name if name in types and owner in ("", alias) else None

        shows, said = [self._pair(here, there(inner), types) for here, inner in pairs], set[str]()
        for term in terms:
            equal = predicates.equalities(term)
            found = [self._pair(*_sides(a, b, there), types) for a, b in equal]
            text = _written(term, there)
            if found and all(found):
                shows += found
            elif text is not None:
                said.add(text)
            else:
                return None
        known = tuple(pair for pair in shows if pair is not None)
        return Part(relation, known, frozenset(said)) if known and len(known) == len(shows) else None

    def _pair(self, here: exp.Expr, name: str | None, types: Mapping[str, str | None]) -> tuple[str, str] | None:
        """A column here, and the column there that it is compared with, if both have one kind of type."""
        here = predicates.bare(here)
        id_ = self.scope.find(here) if isinstance(here, exp.Column) and not isinstance(here.this, exp.Star) else None
        if name is None or not isinstance(id_, str) or id_ not in self.scope.state.columns:
            return None
        kinds = {family(type_) for type_ in (self.scope.state.types.get(id_), types.get(name)) if type_}
        return (id_, name) if len(kinds) < 2 else None

    def _types(self, table: exp.Table) -> Mapping[str, str | None]:
        """The columns of a table or CTE, with their types where known."""
        name, schema = folded(table.this), folded(table.args.get("db"))
        cte = None if schema else self.env.get(name)
        if cte is None:
            state = self.reader.tables[f"{schema}.{name}" if schema else name]
            return {column: state.types.get(column) for column in state.columns}
        rel = self.reader.named(self.reader, cte)
        shown = {} if rel.open else rel.index
        return {name: rel.state.types.get(id_) for name, id_ in shown.items() if id_ is not None}


def _sides(a: exp.Expr, b: exp.Expr, there: _ColumnOf) -> tuple[exp.Expr, str | None]:
    """The side of an equality that is here, and the column of the other side; None where not exactly one is there."""
    one, other = there(a), there(b)
    return (b, one if other is None else None) if one is not None else (a, other)


def excluded(reader: Reader, tree: exp.Select, scope: Scope, env: Env) -> Iterator[Part]:
    """The relations whose rows the WHERE of a select excludes."""
    where = tree.args.get("where")
    terms = list(predicates.conjuncts(where.this)) if where is not None else []
    excluding = _Excluding(reader, scope, env)
    yield from (part for term in terms if (part := excluding.by_condition(term)) is not None)
    empty = [t.this for t in terms if isinstance(t, exp.Is) and isinstance(t.expression, exp.Null)]
    columns = [column for column in empty if isinstance(column, exp.Column)]
    for join in tree.args.get("joins") or () if columns else ():
        part = excluding.by_join(join)
        if part is not None:
            alias, names = alias_of(join.this) or folded(join.this.this), {there for _, there in part.shows}
            if any(folded(c.args.get("table")) == alias and folded(c.this) in names for c in columns):
                yield part


def shown_parts(parts: Sequence[Part], pairs: Sequence[tuple[str, str]], *, whole: bool) -> tuple[Part, ...]:
    """The parts in the columns of a select list. `pairs`: (output, column). `whole`: each pair must be there."""
    names = {id_: out for out, id_ in reversed(pairs)}
    found = []
    for part in parts:
        shows = tuple((names[here], there) for here, there in part.shows if here in names)
        if not whole or len(shows) == len(part.shows):
            found.append(replace(part, shows=shows))
    return tuple(found)


def apart(a: Rel, b: Rel) -> frozenset[int] | None:
    """The positions of columns in which no row of `a` equals a row of `b`; None where that is not known.

    Two rows with NULL are equal for a key, and `=` is not true for them: one side must not be NULL.
    """
    for one, other in ((a, b), (b, a)):
        for gone in one.without:
            for part in other.part_of:
                if gone.relation == part.relation and gone.where <= part.where:
                    places = [one.ids.index(here) for here, _ in gone.shows]
                    shown = dict(part.shows)
                    met = [shown.get(other.ids[place]) for place in places] == [there for _, there in gone.shows]
                    if met and all(any(rel.ids[at] in rel.state.not_null for rel in (a, b)) for at in places):
                        return frozenset(places)
    return None
