"""Staging: one model per entity, its raw columns renamed and cast, its computed columns added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.design.plans.claims import entity_claims
from erd2dbt.design.plans.deduplication import latest_rows
from erd2dbt.design.plans.plan import (
    Cte,
    Field,
    Item,
    Layer,
    Origin,
    Plan,
    Proof,
    Relation,
    Select,
    Step,
    StepKind,
)
from erd2dbt.design.project.existing import existing
from erd2dbt.diagram.erd import Attribute, Entity, Expression, Tier
from erd2dbt.faults.diagnostics import Collector, Hint, Span, did_you_mean
from erd2dbt.names.length import cut
from erd2dbt.prove import operators
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.prove.state import Dependency, Key, State
from erd2dbt.sql import expression as sql
from erd2dbt.sql.constants import cuts_misfit
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.inference import infer
from erd2dbt.sql.predicates import never_null
from erd2dbt.sql.trees import columns_in, rewritten
from erd2dbt.sql.type_mismatches import misfit
from erd2dbt.sqlproof.congruence import congruent


def plan(entity: Entity, model: str, linked: Iterable[Claim], faults: Collector) -> Plan:
    """The staging model of an entity; its grain is the key, by the claim that the source's primary key makes.

    `model`: its name in dbt; `linked`: what links claim of its columns.
    """
    computed = _Computed(entity, faults)
    plain = [_item(a) for a in entity.columns if a.formula is None]
    derived = [Item(a.name, tree) for a in entity.columns if (tree := computed.tree(a)) is not None]
    ordered = sorted(plain, key=lambda item: isinstance(item.tree, exp.Cast))
    fields = {item.name: computed.field(item) for item in (*ordered, *derived)}
    claims = [*entity_claims(entity), *linked]
    key = next((c for c in claims if c.kind is ClaimKind.KEY), None)
    grain = tuple(word.text for word in entity.key)
    relation = Relation(
        name=entity.name,
        model=model,
        layer=Layer.STAGING,
        grain=grain,
        fields=fields,
        state=_state(entity, claims, computed),
        span=entity.span,
        root=entity.name,
    )
    if entity.existing is not None and key is not None:
        return existing(relation, entity, key)
    cited = frozenset((key,) if key else ())
    renamed = Cte(name="renamed", selects=(Select(items=(*ordered, *derived), source="source"),))
    step = Step(
        kind=StepKind.FROM, name=entity.name, because=_key_reason(entity), claims=cited, reads=(entity.name,), by=grain
    )
    return Plan(
        relation=relation,
        spec=entity,
        imports=(("source", entity.name),),
        ctes=(renamed, *(latest_rows(entity, (*ordered, *derived), "renamed") if entity.latest else ())),
        proof=Proof(grain=grain, steps=(step,), claims=cited),
    )


def _key_reason(entity: Entity) -> str:
    if not entity.key:
        return "no key of the source table is declared"
    key = f"({', '.join(word.text for word in entity.key)})"
    if not entity.latest:
        return f"{key} is the primary key of the source table"
    by = ", ".join(word.text for word in entity.latest)
    return f"staging keeps the latest row of each {key} by {by} (row_number)"


def _item(attribute: Attribute) -> Item:
    raw = cut(attribute.raw or attribute.name)
    if attribute.cast and attribute.type:
        return Item(attribute.name, sql.cast(column(raw), attribute.type))
    return Item(attribute.name, None if raw == attribute.name else column(raw))


def _state(entity: Entity, claims: list[Claim], computed: _Computed) -> State:
    """A source that is as its claims say, with the columns that are computed from it."""
    raw = [a.name for a in entity.columns if a.formula is None]
    inputs = {name: computed.inputs(name) for name in computed.formulas}
    state = operators.source(
        raw,
        key=next((c for c in claims if c.kind is ClaimKind.KEY), None),
        uniques=[c for c in claims if c.kind in (ClaimKind.UNIQUE, ClaimKind.ONE_TO_ONE)],
        not_null=[c for c in claims if c.kind is ClaimKind.NOT_NULL],
        determines=[c for c in claims if c.kind is ClaimKind.DETERMINES],
    )
    if entity.latest:
        state = replace(state, keys=(Key(frozenset(word.text for word in entity.key)), *state.keys))
    if not inputs:
        return state
    filled = [name for name in inputs if computed.never_null(name, state)]
    state = replace(  # nothing is dropped, so there is nothing to project: inputs determine what is made of them
        state,
        columns=(*state.columns, *inputs),
        dependencies=(
            *state.dependencies,
            *(Dependency(left, frozenset((name,))) for name, left in inputs.items() if computed.follows(name)),
        ),
    )
    return operators.where(state, not_null=filled) if filled else state


class _Computed:
    """The computed columns of one entity: parsed, each opened down to raw columns."""

    def __init__(self, entity: Entity, faults: Collector) -> None:
        self.entity = entity
        self.faults = faults
        self.attributes = {a.name: a for a in entity.columns}
        self.formulas = {a.name: a for a in entity.columns if a.formula is not None}
        self._trees: dict[str, Tree | None] = {}
        self._open: list[str] = []
        self._raw_types = {
            cut(a.raw or a.name): "text" if a.cast else canonical(a.type or "") or a.type
            for a in entity.columns
            if a.formula is None
        }

    def tree(self, attribute: Attribute) -> Tree | None:
        """The formula over raw columns; None for a raw column and for a formula with faults."""
        if attribute.formula is None:
            return None
        if attribute.name not in self._trees:
            self._open.append(attribute.name)
            self._trees[attribute.name] = self._resolved(attribute)
            self._open.pop()
        return self._trees[attribute.name]

    def _resolved(self, attribute: Attribute) -> Tree | None:
        formula = attribute.formula
        assert formula is not None
        value = formula if isinstance(formula, Expression) else formula.value
        parsed = sql.parse(value, self.faults)
        if parsed is None:
            return None
        tree = parsed if isinstance(formula, Expression) else sql.tier(parsed, formula)
        if any(True for _ in sql.outer_aggregates(tree)):
            self.faults.add(
                "E024",
                f"`{self.entity.name}.{attribute.name}` is computed row by row: an aggregate belongs into a model",
                value.span,
                fixes=[Hint("move it to a model with a grain")],
            )
            return None
        replaced = self._replaced(tree, attribute, value.span)
        if replaced is None:
            return None
        misfit = cuts_misfit(replaced, self._type_of) if isinstance(formula, Tier) else None
        if misfit is not None:
            fix = Hint("write numbers for a number, dates as `2024-01-31` for a date")
            self.faults.add("E026", misfit, attribute.span, fixes=[fix])
        return self._as_declared(attribute, replaced)

    def _as_declared(self, attribute: Attribute, tree: Tree) -> Tree:
        """Cast to the type that the spec gives a computed column, where PostgreSQL's own would be another."""
        if not attribute.type or self._inferred(tree) == canonical(attribute.type):
            return tree
        return sql.cast(tree, attribute.type)

    def _inferred(self, tree: Tree) -> str | None:
        return infer(tree, self._type_of)

    def _type_of(self, column: exp.Column) -> str | None:
        """The type of a raw column."""
        return self._raw_types.get(column.name)

    def _replaced(self, tree: Tree, attribute: Attribute, span: Span) -> Tree | None:
        sound = True

        def visit(node: Tree) -> Tree:
            nonlocal sound
            if not isinstance(node, (exp.Column, exp.Dot)):
                return node
            known = self._reference(sql.parts(node), attribute, span)
            sound = sound and known is not None
            return known if known is not None else node

        replaced = rewritten(tree, visit)
        return replaced if sound else None

    def _reference(self, parts: tuple[str, ...], attribute: Attribute, span: Span) -> Tree | None:
        """A column of the same entity, as its raw table has it."""
        name = parts[-1]
        if len(parts) > 2 or (len(parts) == 2 and parts[0] != self.entity.name):
            self.faults.add(
                "E031",
                f"`{self.entity.name}.{attribute.name}` can read only columns of `{self.entity.name}`, "
                f"not `{'.'.join(parts)}`",
                span,
                fixes=[Hint("move the column to a model: there the links are followed")],
            )
            return None
        other = self.attributes.get(name)
        if other is None:
            self.faults.add(
                "E031",
                f"`{self.entity.name}` has no column `{name}`",
                span,
                fixes=did_you_mean(name, self.attributes),
            )
            return None
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            self.faults.add("E035", f"columns of `{self.entity.name}` need each other in a circle: {circle}", span)
            return None
        if other.formula is None:
            raw = column(cut(other.raw or name))
            return sql.cast(raw, other.type) if other.cast and other.type else raw
        inner = self.tree(other)
        return exp.paren(inner) if inner is not None else None

    def inputs(self, name: str) -> frozenset[str]:
        """The raw columns (by their names in the spec) that a computed column is made of."""
        tree = self.tree(self.attributes[name])
        if tree is None:
            return frozenset()
        by_raw = {cut(a.raw or a.name): a.name for a in self.entity.columns if a.formula is None}
        return frozenset(by_raw[c.name] for c in columns_in(tree) if c.name in by_raw)

    def follows(self, name: str) -> bool:
        """Whether rows that agree on the inputs agree on the column: not where equal values differ in writing, say."""
        tree = self.tree(self.attributes[name])
        return tree is not None and congruent(tree, self._type_of)

    def never_null(self, name: str, state: State) -> bool:
        """Whether the column has a value in every row: `coalesce(user_id, 'guest')` does."""
        tree = self.tree(self.attributes[name])
        known = [cut(a.raw or a.name) for a in self.entity.columns if a.name in state.not_null]
        return tree is not None and never_null(tree, known)

    def field(self, item: Item) -> Field:
        attribute = self.attributes[item.name]
        origin = Origin(self.entity.name, item.name)
        if attribute.formula is None:
            type_ = canonical(attribute.type or "") or attribute.type
            return Field(name=item.name, type=type_, origin=origin, said=attribute)
        tree = item.tree
        assert tree is not None
        return Field(
            name=item.name,
            type=self._type(attribute, tree),
            origin=origin,
            inherits=tuple((self.entity.name, name) for name in sorted(self.inputs(item.name))),
            said=attribute,
        )

    def _type(self, attribute: Attribute, tree: Tree) -> str | None:
        formula = attribute.formula
        span = formula.span if isinstance(formula, Expression) else attribute.span
        found = canonical(attribute.type) or attribute.type if attribute.type else self._inferred(tree)
        if wrong := misfit(tree, self._type_of):
            self.faults.add("E029", wrong, span, fixes=[Hint("cast one side, or compare with a value of its type")])
        elif found is None:
            self.faults.add(
                "E022",
                f"the type of `{self.entity.name}.{attribute.name}` does not follow from its expression",
                span,
                fixes=[Hint(f"add the type that PostgreSQL gives it: `type: …` in `{attribute.name}`")],
            )
        return found
