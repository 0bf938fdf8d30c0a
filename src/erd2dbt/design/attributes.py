"""What a column of an entity measures: at which key there is one value, whether it is a ratio, or a stock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.design.plan import Relation
from erd2dbt.diagnostics import Collector
from erd2dbt.erd import Attribute, Entity, Expression
from erd2dbt.postgres_types import family
from erd2dbt.prove.additivity import Aggregate, Measure
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree

_RATIOS = frozenset(
    "ctr cpc cpm cpa cpl cvr roas roi aov arpu ratio rate pct percent percentage share avg average mean".split()
)
_TIME_WORDS = frozenset("year quarter month week day hour date time".split())


def field_measure(relation: Relation, name: str, entity: Entity | None) -> Measure:
    """The measure of a relation's column, under the relation's own names; of `entity`, when it is a staged one."""
    shown = relation.fields[name]
    if shown.measure is not None:
        return shown.measure
    if entity is not None:
        return _attribute(relation, entity, next(a for a in entity.columns if a.name == name))
    return _value(relation, name, relation.grain)


def rows_measure(relation: Relation) -> Measure:
    """The rows themselves: what `count(*)` counts."""
    key = relation.grain
    name = relation.name
    return Measure(aggregate=Aggregate.VALUE, entity=name, source=name, home=frozenset(key), group=key)


def _value(relation: Relation, name: str, key: tuple[str, ...]) -> Measure:
    source = f"{relation.name}.{name}"
    return Measure(aggregate=Aggregate.VALUE, entity=relation.name, source=source, home=frozenset(key), group=key)


def _attribute(relation: Relation, entity: Entity, attribute: Attribute) -> Measure:
    made = _value(relation, attribute.name, _home(entity, attribute.name))
    if attribute.stock:
        made = replace(made, stock=frozenset(_times(relation, entity)))
    operands = _divided(attribute)
    if operands is None:
        rate = is_ratio_by_name(relation, attribute.name)
        return replace(made, aggregate=Aggregate.RATE, guessed=True) if rate else made
    named = [o.name for o in operands if isinstance(o, exp.Column) and o.name in relation.fields]
    parts = tuple(_value(relation, name, relation.grain) for name in named) if len(named) == 2 else ()
    return replace(made, aggregate=Aggregate.RATE, parts=parts)


def _home(entity: Entity, name: str) -> tuple[str, ...]:
    """The key, or the part of it that is claimed to determine the column: then it is an attribute of a parent."""
    key = tuple(word.text for word in entity.key)
    for claim in entity.determines:
        left = tuple(word.text for word in claim.left)
        if name not in key and set(left) < set(key) and any(word.text == name for word in claim.right):
            return left
    return key


def _times(relation: Relation, entity: Entity) -> Iterator[str]:
    """The time columns of the keys: the date of a balance, the month of an inventory."""
    keyed = {word.text for words in (entity.key, *entity.uniques) for word in words}
    for name, shown in relation.fields.items():
        if name in keyed and (
            family(shown.type or "") in ("date", "timestamp") or name.lower().rpartition("_")[2] in _TIME_WORDS
        ):
            yield name


def is_ratio_by_name(relation: Relation, name: str) -> bool:
    """`ctr`, `click_rate`, `avg_price`, `pages_per_visit`: a number with a fraction that is named like a ratio."""
    if family(relation.fields[name].type or "") not in ("numeric", "float"):
        return False
    first, *rest = name.lower().split("_")
    if not rest:
        return first in _RATIOS - {"rate", "share"}  # alone they may be prices or stocks
    return rest[-1] in _RATIOS or first in ("avg", "average", "mean") or "per" in rest


def _divided(attribute: Attribute) -> tuple[Tree, Tree] | None:
    """Numerator and denominator of a column that is computed as `ratio(a, b)`."""
    if not isinstance(attribute.formula, Expression) or "ratio" not in attribute.formula.text.lower():
        return None
    tree = sql.parse(attribute.formula, Collector())
    found = ratio_of(tree) if tree is not None else None
    return found[:2] if found else None


def ratio_of(tree: Tree) -> tuple[Tree, Tree, Tree | None] | None:
    """Numerator, denominator and what stands for an undefined quotient, of a tree that is the macro `ratio`."""
    tree, otherwise = tree.unnest(), None
    if isinstance(tree, exp.Coalesce) and len(tree.expressions) == 1:
        tree, otherwise = tree.this.unnest(), tree.expressions[0]
    if not isinstance(tree, exp.Div) or not isinstance(tree.this, exp.Cast):
        return None
    denominator = tree.expression
    if not isinstance(denominator, exp.Nullif):
        return None
    return tree.this.this.unnest(), denominator.this.unnest(), otherwise
