"""Plans in the SQL of an engine: each tree is lowered with its input types, each column has its declared type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.design.plans.plan import Cte, Field, Item, Plan, Relation, Select
from erd2dbt.design.project.engine_text import has_other_types, other_meaning
from erd2dbt.design.project.hidden_columns import unhidden
from erd2dbt.diagram.erd import Entity, Expression, ModelSpec
from erd2dbt.engines.engine import RAW, Engine
from erd2dbt.engines.kinds import kind_of
from erd2dbt.engines.lowering import Columns, Lowered, UnmeasuredError, converted, exact, lowered, steady
from erd2dbt.faults.diagnostics import Collector, Hint, Span
from erd2dbt.names.length import cut
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.inference import common, infer, scale, wanted
from erd2dbt.sql.trees import copied
from erd2dbt.sqlproof.dbttext import refs


@dataclass(frozen=True, slots=True)
class Typed:
    """A column: its type in the language, and the engine's type; None where it is not known.

    `is_raw`: a column of a source, whose type on the engine nobody has checked.
    """

    language: str | None
    there: str | None
    is_raw: bool = False


_UNKNOWN = Typed(None, None)
Shelf = dict[str, dict[str, Typed]]  # relation -> column -> type


@dataclass(frozen=True, slots=True)
class DataTypes:
    """Column types for the project's YAML: of models by relation and column, of raw columns by their own name."""

    engine: Engine
    columns: Mapping[str, Mapping[str, Typed]]

    def of(self, relation: str, field: Field) -> str | None:
        if self.engine.is_language:
            return field.type
        found = self.columns.get(relation, {}).get(field.name)
        return found.there if found is not None else None

    def raw(self, type_: str | None) -> str | None:
        return type_ if type_ is None or self.engine.is_language else self.engine.type_of(type_)


def translated(plans: Sequence[Plan], engine: Engine) -> tuple[tuple[Plan, ...], DataTypes]:
    """The plans in the engine's SQL, and the types of their columns there.

    ErdError E028 for each expression without a measured form on the engine.
    """
    if engine.is_language:
        return tuple(plans), DataTypes(engine, {})
    faults = Collector()
    shelf: Shelf = {}
    models = {plan.relation.model: plan.relation for plan in plans}
    made = tuple(_translated(plan, engine, shelf, models, faults) for plan in plans)
    faults.raise_if_failed()
    return made, DataTypes(engine, shelf)


def _translated(plan: Plan, engine: Engine, shelf: Shelf, models: Mapping[str, Relation], faults: Collector) -> Plan:
    """One plan in the engine's SQL. Its columns are added to the shelf."""
    declared = {name: _declared(field.type, engine) for name, field in plan.relation.fields.items()}
    if plan.existing or plan.sql is not None:
        text = plan.spec.sql if isinstance(plan.spec, ModelSpec) else None
        is_known = text is None or (
            _has_known_types(text, engine, models, faults) and _has_known_digits(plan, text, engine, models, shelf)
        )
        shelf[plan.relation.name] = declared if is_known else {n: replace(t, there=None) for n, t in declared.items()}
        return plan
    known: Shelf = {cte: _imported(plan, name, engine, shelf) for cte, name in plan.imports}
    ctes = []
    for cte in plan.ctes:
        made = _Cte(plan, engine, known, faults, is_last=cte is plan.ctes[-1]).of(cte)
        ctes.append(made)
    shelf[plan.relation.name] = declared | known[plan.ctes[-1].name] if plan.ctes else declared
    return replace(plan, ctes=tuple(ctes))


def _has_known_types(text: Expression, engine: Engine, models: Mapping[str, Relation], faults: Collector) -> bool:
    """Whether the columns of hand-written SQL have the types that PostgreSQL gives. E028 where it means something else.

    SQL that was written for this engine has the types that its author expects.
    """
    if text.engine == engine.name:
        return True
    other = other_meaning(text.text, models, engine)
    if other is not None:
        _refuse(other.message, engine, _place(text, other.offset), faults, by_hand=True, way=other.way)
    return other is None and not has_other_types(text.text, models, engine)


def _has_known_digits(
    plan: Plan, text: Expression, engine: Engine, models: Mapping[str, Relation], shelf: Shelf
) -> bool:
    """Whether numbers of hand-written SQL without a precision have the engine's digits for them.

    A column that the query reads may have fewer: it shows those of its formula.
    """
    if text.engine == engine.name or all(field.type != "numeric" for field in plan.relation.fields.values()):
        return True
    read = [shelf.get(models[name].name, {}) for name in refs(text.text) if name in models]
    there = engine.type_of("numeric")
    return all(typed.there == there for columns in read for typed in columns.values() if typed.language == "numeric")


def _declared(type_: str | None, engine: Engine) -> Typed:
    return Typed(type_, engine.type_of(type_) if type_ is not None else None)


def _imported(plan: Plan, name: str, engine: Engine, shelf: Shelf) -> dict[str, Typed]:
    """The columns of an imported relation: raw ones in staging, else a model's."""
    if not isinstance(plan.spec, Entity):
        return shelf.get(name, {})
    raw = (a for a in plan.spec.columns if a.formula is None)
    types = {cut(a.raw or a.name): "text" if a.cast else canonical(a.type or "") or a.type for a in raw}
    if not engine.printing.keeps_types:
        return {column: Typed(type_, None, is_raw=True) for column, type_ in types.items()}
    return {column: _declared(type_, engine) for column, type_ in types.items()}


class _Cte:
    """A CTE of a plan. `known`: the CTEs before it, to which it is added."""

    def __init__(self, plan: Plan, engine: Engine, known: Shelf, faults: Collector, *, is_last: bool) -> None:
        self.plan = plan
        self.engine = engine
        self.known = known
        self.faults = faults
        self.fields = plan.relation.fields if is_last else {}
        self.spans = {one.name: one.span for one in plan.spec.columns}

    def of(self, cte: Cte) -> Cte:
        scopes = [_Scope(select, self.known) for select in cte.selects]
        goals = self._goals(cte, scopes)
        selects = [self._select(s, scope, goals) for s, scope in zip(cte.selects, scopes, strict=True)]
        self.known[cte.name] = goals
        return Cte(name=cte.name, selects=tuple(selects))

    def _goals(self, cte: Cte, scopes: Sequence[_Scope]) -> dict[str, Typed]:
        """The types that the CTE's columns are cast to where the engine's own type differs."""
        found: dict[str, Typed] = {}
        for place, item in enumerate(cte.selects[0].items):
            trees = [s.items[place].tree or column(s.items[place].name) for s in cte.selects]
            pairs = [*zip(trees, scopes, strict=True)]
            language = common(_type_of(tree, scope) for tree, scope in pairs)
            field = self.fields.get(item.name)
            if field is not None and field.type is not None:
                language = field.type
            there = None
            if language is not None:
                there = self.engine.type_of(language)
            if language == "numeric":
                there = self._digits(pairs) or there
            found[item.name] = Typed(language, there)
        return found

    def _digits(self, pairs: Sequence[tuple[Tree, _Scope]]) -> str | None:
        """The type of a number without a precision: from the column it shows, or with as many digits as it can have."""
        types = set()
        for tree, scope in pairs:
            shown = scope.there(tree) if isinstance(tree, exp.Column) else None
            exact = _AVERAGE if _is_average(tree) else wanted(tree, scope.language)
            types.add(shown or (self.engine.type_of(exact) if exact not in (None, "numeric") and exact else None))
        return types.pop() if len(types) == 1 else None

    def _select(self, select: Select, scope: _Scope, goals: Mapping[str, Typed]) -> Select:
        items = tuple(self._item(item, scope, goals[goal]) for item, goal in zip(select.items, goals, strict=True))
        place = self.plan.spec.span
        joins = (
            replace(j, on=tuple((self._tree(a, scope, place), self._tree(b, scope, place)) for a, b in j.on))
            for j in select.joins
        )
        where = self._tree(select.where, scope, place) if select.where is not None else None
        made = replace(select, items=items, joins=tuple(joins), where=where)
        return unhidden(made) if self.engine.printing.shows_aliases else made

    def _item(self, item: Item, scope: _Scope, goal: Typed) -> Item:
        tree = item.tree or column(item.name)
        if isinstance(tree, exp.Column):
            return self._shown(item, tree, scope.find(tree) or _UNKNOWN, goal)
        span = self.spans.get(item.name, self.plan.spec.span)
        made = self._lowered(tree, scope, span)
        if kind_of(goal.language) == "integer" or scale(goal.language or "") is not None:
            self._steady(f"the type `{goal.language}`", made, span)
        is_null = isinstance(tree, exp.Null) and self.engine.printing.keeps_types
        if made.type == goal.there or goal.there is None or is_null:
            return item if item.tree is None else Item(item.name, made.tree)
        if made.is_rounded and goal.language is not None and kind_of(goal.language) == "numeric":
            return Item(item.name, exact(made, self.engine, goal.there).tree)
        return Item(item.name, converted(made.tree, goal.there, self.engine, kind_of(_type_of(tree, scope))))

    def _shown(self, item: Item, tree: Tree, shown: Typed, goal: Typed) -> Item:
        """A column that is shown as it is, or cast."""
        if goal.there is None or shown.there == goal.there:
            return item
        kind = RAW if shown.is_raw else kind_of(shown.language)
        return Item(item.name, converted(copied(tree), goal.there, self.engine, kind))

    def _tree(self, tree: Tree, scope: _Scope, span: Span) -> Tree:
        return exact(self._lowered(tree, scope, span), self.engine).tree

    def _lowered(self, tree: Tree, scope: _Scope, span: Span) -> Lowered:
        try:
            return lowered(tree, self.engine, Columns(scope.language, scope.there))
        except UnmeasuredError as problem:
            unmeasured(problem.what, self.engine, span, self.faults, way=problem.way)
            return Lowered(tree, None)

    def _steady(self, what: str, made: Lowered, span: Span) -> None:
        try:
            steady(what, made)
        except UnmeasuredError as problem:
            unmeasured(problem.what, self.engine, span, self.faults, way=problem.way)


_AVERAGE = "numeric(38,16)"  # the minimum number of digits that PostgreSQL gives


def _is_average(tree: Tree) -> bool:
    while isinstance(tree, (exp.Filter, exp.Paren, exp.Coalesce)):
        tree = tree.this
    return isinstance(tree, exp.Avg)


def _type_of(tree: Tree, scope: _Scope) -> str | None:
    """The type of an item. The only planned window function counts rows."""
    return "bigint" if isinstance(tree, exp.Window) else infer(tree, scope.language)


def _place(text: Expression, offset: int) -> Span:
    """The place of a part of a text in several lines, which are indented alike in the spec; of others, their first."""
    before = text.text[:offset].split("\n")
    if len(before) == 1 and "\n" not in text.text.strip():
        return text.span
    return Span(text.span.file, text.span.line + len(before) - 1, text.span.column + len(before[-1]))


def unmeasured(what: str, engine: Engine, span: Span, faults: Collector, *, way: str | None = None) -> None:
    """Add E028 for an expression, once for each place and cause."""
    _refuse(f"{what} was not measured to give PostgreSQL's value on {engine.title}", engine, span, faults, way=way)


def _refuse(
    message: str, engine: Engine, span: Span, faults: Collector, *, by_hand: bool = False, way: str | None = None
) -> None:
    if not any(fault.message == message and fault.span == span for fault in faults.found):
        word = "sql" if by_hand else "is"
        fix = Hint(f"write it for {engine.title} as well: `{word}: {{default: …, {engine.name}: …}}`")
        faults.add("E028", message, span, fixes=[*([Hint(way)] if way is not None else ()), fix])


class _Scope:
    """The columns that a select reads, with and without their relation."""

    def __init__(self, select: Select, known: Shelf) -> None:
        self.tables = {select.source: known.get(select.source, {})}
        self.tables |= {join.alias: known.get(join.cte, {}) for join in select.joins}

    def language(self, node: exp.Column) -> str | None:
        found = self.find(node)
        return found.language if found is not None else None

    def there(self, node: Tree) -> str | None:
        found = self.find(node)
        return found.there if found is not None else None

    def find(self, node: Tree) -> Typed | None:
        assert isinstance(node, exp.Column)
        relation, name = node.table, node.name
        if relation:
            return self.tables.get(relation, {}).get(name)
        return next((columns[name] for columns in self.tables.values() if name in columns), None)
