"""FROM items: tables, CTEs, subqueries, functions and VALUES, alone or joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.prove.state import NONE, Claims, Key, State
from erd2dbt.sql.layout import one_line
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.correlation import read_before
from erd2dbt.sqlproof.exclusion import relation_of
from erd2dbt.sqlproof.joins import join
from erd2dbt.sqlproof.measures import Measured, identified
from erd2dbt.sqlproof.names import alias_columns, alias_of, folded
from erd2dbt.sqlproof.parts import Part
from erd2dbt.sqlproof.reader import Env, Reader
from erd2dbt.sqlproof.relation import ROW, Rel, one_or, strict_key
from erd2dbt.sqlproof.scope import Scope
from erd2dbt.sqlproof.series import by_days
from erd2dbt.sqlproof.shown import MaybeNull, Shown
from erd2dbt.sqlproof.shown_columns import shown_in
from erd2dbt.sqlproof.subquery_facts import Subqueries
from erd2dbt.sqlproof.terms import Terms

Joins = Sequence[exp.Join]
EMPTY = Scope({}, (), State((), one=NONE))


def from_scope(reader: Reader, select: exp.Select, env: Env, outer: Scope | None) -> Scope:
    """The scope of a select's FROM, with its joins in order. A comma binds looser than any `join`."""
    source = select.args.get("from_")
    if source is None:
        return replace(EMPTY, outer=outer)
    joins: list[exp.Join] = select.args.get("joins") or []
    for view in select.args.get("laterals") or ():
        reader.note(f"`{one_line(view)}`")
    items = _Items(reader, env, outer, alone=not joins and not select.args.get("laterals"))
    where = select.args.get("where")
    also = list(predicates.conjuncts(where.this)) if where is not None and joins else []
    parts: list[tuple[exp.Expr, exp.Join | None, list[exp.Join]]] = [(source.this, None, [])]
    for node in joins:
        if _is_comma(node):
            parts.append((node.this, node, []))
        else:
            parts[-1][2].append(node)
    scope: Scope | None = None
    for tree, comma, following in parts:
        loose = not any(j.side in ("RIGHT", "FULL") for j in following)
        part = items.joined(tree, following, scope, also if loose else ())
        scope = (
            part if scope is None or comma is None else join(reader, scope, part, comma, also=also, within=items.within)
        )
    assert scope is not None
    return scope


def _is_comma(node: exp.Join) -> bool:
    said = node.side or node.kind or node.method
    return not (said or node.args.get("on") or node.args.get("using"))


class _Items:
    """Reads the items of one FROM. Each gets its own ids, unless it is `alone`."""

    def __init__(self, reader: Reader, env: Env, outer: Scope | None, *, alone: bool) -> None:
        self._reader, self._env, self._outer, self._alone = reader, env, outer, alone and outer is None
        self._level = "" if outer is None else f"{outer.depth}:"
        self._count = 0

    def within(self, scope: Scope) -> Subqueries:
        """What is known of the subqueries in the condition of a join."""
        return Subqueries(self._reader, scope, self._env, from_scope)

    def joined(self, tree: exp.Expr, joins: Joins, before: Scope | None, also: Sequence[exp.Expr]) -> Scope:
        """One item with the joins that follow it. `before`: the scope to its left, which lateral items can read."""
        scope = self.item(tree, before)
        for node in joins:
            seen = scope if before is None else replace(scope, outer=before)
            right = self.item(node.this, seen)
            if any(name in scope.sources for name in right.sources):
                self._reader.note(f"`{next(iter(right.sources))}` names two tables", wrong=True)
            scope = join(self._reader, scope, right, node, also=also, within=self.within)
        return scope if scope.outer is self._outer else replace(scope, outer=self._outer)

    def item(self, tree: exp.Expr, left: Scope | None) -> Scope:
        """A single source as a scope."""
        if isinstance(tree, exp.Paren):
            return self.item(tree.this, left)
        if isinstance(tree, exp.Subquery) and isinstance(tree.this, exp.Table):
            return self._bracketed(tree, left)
        if isinstance(tree, exp.Table) and tree.args.get("joins"):
            self._alone = False
            plain = exp.Table(**{k: v for k, v in tree.args.items() if k != "joins"})
            return self.joined(plain, tree.args["joins"], left, ())
        name, rel = self._source(tree, left)
        if self._reader.watch and _is_dependent(tree):
            rel = self._elements(rel, tree, left if left is not None else self._outer)
            rel = replace(identified(rel, dependent=True), tied=self._tied(rel, tree, left))
        elif self._reader.watch:
            rel = identified(rel)
        return self._scope(name, rel)

    def _elements(self, rel: Rel, tree: exp.Expr, left: Scope | None) -> Rel:
        """The rows of `unnest` and similar functions, as what they are: elements of the lists that are given."""
        call = tree.this if isinstance(tree, (exp.Lateral, exp.Table)) else tree
        if left is None or not isinstance(call, (exp.Unnest, exp.Func)):
            return rel
        known = Measured(self._reader, left, Terms(self._reader, left.find, left.state))
        for id_, argument in zip(rel.ids, call.expressions, strict=False):
            measure = known.of(argument)
            if measure is None or measure.listed is None:
                continue
            rows, home = measure.listed.miscounted, frozenset((ROW,))
            element = replace(measure.listed.element, home=home, counted=None)
            if rows is not None:
                element = replace(element, home=frozenset(), repeated_by=rows.repeated_by)
                rel = replace(rel, twice=rows.entity, twice_by=rows.repeated_by)
            rel = replace(rel, measures={**rel.measures, id_: element})
        return rel

    def _tied(self, rel: Rel, tree: exp.Expr, left: Scope | None) -> frozenset[str]:
        """The columns before an item that identify its rows, with the row itself.

        Rows of no table are made for each row before the item. Those of a function belong to the rows that it reads.
        """
        if left is None:
            return frozenset()
        called = not (isinstance(tree, exp.Lateral) and isinstance(tree.this, exp.Subquery))
        read = read_before(tree, left) if called else ()
        if read:
            known = Measured(self._reader, left, Terms(self._reader, left.find, left.state))
            homes = (known.column(id_) for id_ in read)
            return frozenset[str]().union(*(measure.home for measure in homes if measure is not None))
        if rel.tied is not None and not called:
            return rel.tied
        keys = []
        scope: Scope | None = left
        while scope is not None and scope is not self._outer:
            keys.append(strict_key(scope.state) or frozenset())
            scope = scope.outer
        return frozenset[str]().union(*keys)

    def _scope(self, name: str, rel: Rel) -> Scope:
        self._count += 1
        rel = rel if self._alone else rel.prefixed(f"{self._level}{self._count}.")
        guessed = frozenset(rel.ids) if rel.open else frozenset[str]()
        star = tuple(zip(rel.names, rel.ids, strict=True))
        terms = Terms(self._reader, lambda column: column.name, rel.state)
        shapes = {terms.shape(tree): id_ for tree, id_ in rel.formulas}
        return Scope({name or f"\4{self._count}": rel}, star, rel.state, self._outer, shapes=shapes, guessed=guessed)

    def _bracketed(self, tree: exp.Subquery, left: Scope | None) -> Scope:
        """`(a join b on …)`, with or without an alias."""
        self._alone = False
        scope = self.item(tree.this, left)
        alias = alias_of(tree)
        if not alias:
            return scope
        measures = {id_: m for rel in scope.sources.values() for id_, m in rel.measures.items()}
        names, ids = tuple(n for n, _ in scope.star), tuple(i for _, i in scope.star)
        shows = shown_in(scope) if self._reader.watch else {}
        rel = Rel(names, ids, scope.state, scope.open, measures=measures, shows=shows)
        rel = rel.named(alias_columns(tree))
        star = tuple(zip(rel.names, rel.ids, strict=True))
        return replace(scope, sources={alias: rel}, star=star, shapes={})

    def _source(self, tree: exp.Expr, left: Scope | None) -> tuple[str, Rel]:
        name = alias_of(tree)
        if isinstance(tree, exp.Table) and isinstance(tree.this, exp.Identifier):
            return name or folded(tree.this), self._table(tree).named(alias_columns(tree))
        if isinstance(tree, exp.Lateral):
            return name, self._lateral(tree, left)
        if isinstance(tree, (exp.Subquery, exp.SetOperation, exp.Select)):
            return name, self._reader.query(self._reader, tree, self._env, self._outer).named(alias_columns(tree))
        if isinstance(tree, exp.Values):
            return name, values(tree).named(alias_columns(tree))
        if isinstance(tree, exp.Unnest):
            return name, _unnested(tree, name, alias_columns(tree))
        if isinstance(tree, exp.Table) and isinstance(tree.this, exp.Expr):
            return name or _name_of(tree.this), self._called(tree.this, name, tree)
        self._reader.note(f"`{one_line(tree)}`")
        return name, Rel.over(self._reader.mentioned(), open=True)

    def _table(self, tree: exp.Table) -> Rel:
        name = folded(tree.this)
        schema = folded(tree.args.get("db"))
        cte = None if schema else self._env.get(name)
        relation = relation_of(self._reader, tree, self._env)
        if cte is not None:
            rel = self._reader.named(self._reader, cte)
            shown = tuple((id_, shown) for shown, id_ in rel.index.items() if id_ is not None)
            return replace(rel, part_of=(Part(relation, shown), *rel.part_of)) if relation is not None else rel
        home = f"{schema}.{name}" if schema else name
        state = self._reader.tables.get(home)
        if state is not None:
            measures, origin = self._reader.measures.get(name, {}), {column: column for column in state.columns}
            shows = {column: (Shown(home, column),) for column in state.columns} if self._reader.watch else {}
            rel = replace(
                Rel.of(state), measures=measures, table=name, home=home, origin=origin, shows=shows, whole=True
            )
            return replace(rel, part_of=(Part(relation, tuple(origin.items())),)) if relation is not None else rel
        self._reader.note(f"table `{name}` is not known", wrong=True)
        return Rel.over(self._reader.mentioned(), open=True)

    def _called(self, call: exp.Expr, name: str, tree: exp.Expr) -> Rel:
        """`generate_series(…) as g(n)`, which is lateral. The columns of other functions are known from `as` only."""
        rel = _function(call, name, alias_columns(tree), bool(tree.args.get("ordinality")))
        if not rel.open:
            return rel
        self._reader.note(f"rows of `{one_line(call)}`")
        return Rel.over(dict.fromkeys((*rel.names, *self._reader.mentioned())), open=True)

    def _lateral(self, tree: exp.Lateral, left: Scope | None) -> Rel:
        """The rows of a lateral item for one row of the left side.

        Its keys hold within that row; its constants do not hold for all rows.
        """
        inner, columns = tree.this, alias_columns(tree)
        if not isinstance(inner, exp.Subquery):
            name = alias_of(tree)
            if isinstance(inner, exp.Unnest):
                return _unnested(inner, name, columns)
            return self._called(inner, name, tree)
        seen = left if left is not None else self._outer
        rel = self._reader.query(self._reader, inner, self._env, seen).named(columns)
        state = one_or(rel.state)
        one = state.one if state.one is not None else state.is_key(())
        return replace(rel, state=replace(state, dependencies=(), one=one), literals={})


def _is_dependent(tree: exp.Expr) -> bool:
    """Whether the item gives rows for each row of the relations before it."""
    called = isinstance(tree, exp.Table) and not isinstance(tree.this, exp.Identifier)
    return called or isinstance(tree, (exp.Lateral, exp.Unnest))


def _name_of(call: exp.Expr) -> str:
    return call.name.lower() if isinstance(call, exp.Anonymous) else call.key


def _unnested(tree: exp.Unnest, name: str, columns: tuple[str, ...]) -> Rel:
    offset = tree.args.get("offset")
    ordinality = (folded(offset) if isinstance(offset, exp.Expr) else "ordinality") if offset else ""
    named = list(columns) or ([name or "unnest"] if len(tree.expressions) == 1 else [])
    named += [""] * (len(tree.expressions) - len(named))
    return _rows((*named, *([ordinality] if ordinality else [])), ordinality, NONE if ordinality else None)


def _function(call: exp.Expr, name: str, columns: tuple[str, ...], ordinality: bool) -> Rel:
    if isinstance(call, (exp.ExplodingGenerateSeries, exp.GenerateSeries)):
        value = columns[0] if columns else name or "generate_series"
        last = (columns[1] if len(columns) > 1 else "ordinality",) if ordinality else ()
        rel = _rows((value, *last), value, NONE)
        rel = replace(rel, days=frozenset((value,))) if by_days(call) else rel
        return rel if not last else replace(rel, state=replace(rel.state, not_null=dict.fromkeys(rel.ids, NONE)))
    if ordinality and columns:
        return _rows(columns, columns[-1], NONE)
    return Rel.over(columns or (name or _name_of(call),), open=not columns)


def _rows(names: tuple[str, ...], key: str, proved: Claims | None) -> Rel:
    rel = Rel.over(names)
    if proved is None or not key:
        return rel
    return replace(rel, state=replace(rel.state, keys=(Key(frozenset((key,))),), not_null={key: proved}))


def values(tree: exp.Values) -> Rel:
    """The relation of VALUES. A column of distinct literals is a key. Its numbers are rates, without a table."""
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in tree.expressions]
    names = tuple(f"column{i + 1}" for i in range(len(rows[0]) if rows else 0))
    keys, filled, weights = [], {}, {}
    for name, column in zip(names, zip(*rows, strict=False), strict=False):
        if not all(isinstance(v, exp.Literal) for v in column):
            continue
        filled[name] = NONE
        home = frozenset((ROW,))
        weights[name] = Measure(
            aggregate=Aggregate.VALUE, entity="values", source=name, home=home, group=(), weighs=True
        )
        texts = all(v.is_string for v in column)
        if (texts or all(v.is_int for v in column)) and len({v.name if texts else int(v.name) for v in column}) == len(
            column
        ):
            keys.append(Key(frozenset((name,))))
    one = NONE if len(rows) <= 1 else None
    nulls = {
        name: MaybeNull(why="`null` is one of its values")
        for name, column in zip(names, zip(*rows, strict=False), strict=False)
        if any(isinstance(value, exp.Null) for value in column)
    }
    return Rel(names, names, State(names, filled, keys=tuple(keys), one=one), measures=weights, nulls=nulls)
