"""What a column of an entity measures: its key, and whether it is a rate, a stock, or not a number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from sqlglot import exp

from erd2dbt.datatypes.postgres import family
from erd2dbt.design.plans.plan import Field, Relation
from erd2dbt.diagram.erd import Attribute, Entity, Expression
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.infer.quantities import is_number_of_pieces, is_of_a_piece, is_percentage, is_share, is_weight
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree
from erd2dbt.sqlproof.measuring import OF_PARTS, Made, measured
from erd2dbt.sqlproof.rate_forms import is_amount

_RATIOS = frozenset(
    "ctr cpc cpm cpa cpl cvr roas roi aov arpu ratio rate pct percent percentage share avg average mean".split()
)
_TIMES = re.compile(
    r"(?:^|_)(?:year|quarter|month|week|day|hour|date|time|period|fiscal|season|semester|term|cycle|snapshot|epoch|"
    r"fy|ym|yyyymm|yyyymmdd)(?:_|$)",
    re.IGNORECASE,
)
_NUMBERS = ("integer", "numeric", "float", "interval", "other")
_DATES = ("date", "timestamp")


def measures_of(relation: Relation, entity: Entity | None) -> dict[str, Measure | None]:
    """The measure of each column, under the relation's own names; None for booleans, which are conditions."""
    return {name: field_measure(relation, name, entity) for name in relation.fields}


def field_measure(relation: Relation, name: str, entity: Entity | None) -> Measure | None:
    """The measure of a relation's column, under the relation's own names. `entity`: the entity of a staging model."""
    shown = relation.fields[name]
    if _family(shown) == "boolean":
        return None
    if shown.measure is not None:
        return shown.measure
    if entity is not None:
        return _attributes(_Staged(relation, entity)).measure(name)
    return _value(relation, name, relation.grain)


def rows_measure(relation: Relation) -> Measure:
    """The measure of the rows themselves: what `count(*)` counts."""
    key = relation.grain
    name = relation.name
    return Measure(aggregate=Aggregate.VALUE, entity=name, source=name, home=frozenset(key), group=key)


def _value(relation: Relation, name: str, key: tuple[str, ...]) -> Measure:
    shown = relation.fields[name]
    number = _family(shown) in (*_NUMBERS, None)
    return Measure(
        aggregate=Aggregate.VALUE if number else Aggregate.NOMINAL,
        entity=relation.name,
        source=f"{relation.name}.{name}",
        home=frozenset(key),
        group=key,
        weighs=is_weight(name.lower(), shown.type),
        of_a_piece=is_of_a_piece(name.lower(), shown.type),
        pieces=is_number_of_pieces(name.lower(), shown.type),
    )


def _family(shown: Field) -> str | None:
    return family(shown.type) if shown.type else None


@dataclass(frozen=True, slots=True, eq=False)
class _Staged:
    """An entity and its staging model. Cached by the identity of both objects."""

    relation: Relation
    entity: Entity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Staged) and self.relation is other.relation and self.entity is other.entity

    def __hash__(self) -> int:
        return id(self.relation)


@lru_cache(maxsize=256)
def _attributes(staged: _Staged) -> _Attributes:
    return _Attributes(staged.relation, staged.entity)


class _Attributes:
    """The columns of one entity. The measure of a computed column follows from its formula."""

    def __init__(self, relation: Relation, entity: Entity) -> None:
        self.relation = relation
        self.entity = entity
        self._columns: Mapping[str, Attribute] = {a.name: a for a in entity.columns}
        self._open: set[str] = set()
        self._known: dict[str, Measure] = {}

    def measure(self, name: str) -> Measure:
        """The measure of a column. Each formula is evaluated once."""
        if name not in self._known:
            self._known[name] = self._measure(name)
        return self._known[name]

    def _measure(self, name: str) -> Measure:
        attribute = self._columns[name]
        made = _value(self.relation, name, self._home(name))
        if self.entity.measures is not None and name not in {word.text for word in self.entity.measures}:
            made = replace(made, weighs=made.aggregate is Aggregate.VALUE)
        elif self.entity.measures is not None:
            made = replace(made, of_a_piece=False)
        if is_share(name.lower(), self.relation.fields[name].type):
            percent = is_percentage(name.lower(), self.relation.fields[name].type)
            made = replace(made, shares=self._whole(made), percent=percent)
        computed = self._computed(attribute)
        if computed is not None:
            made = self._made(made, computed, _family(self.relation.fields[name]))
        if computed is not None and is_amount(computed, name):  # the formula decides, not the name
            made = replace(made, weighs=False, of_a_piece=False, shares=None, percent=False)
        elif made.aggregate is Aggregate.VALUE and is_ratio_by_name(self.relation, name):
            made = replace(made, aggregate=Aggregate.RATE, guessed=True)
        return replace(made, stock=made.stock | self._times(attribute)) if attribute.stock else made

    def _computed(self, attribute: Attribute) -> Measure | None:
        if not isinstance(attribute.formula, Expression) or attribute.name in self._open:
            return None
        tree = sql.parse(attribute.formula, Collector())
        if tree is None:
            return None
        self._open.add(attribute.name)
        found = measured(tree, self._find, [rows_measure(self.relation)])
        self._open.discard(attribute.name)
        return found

    def _find(self, tree: Tree) -> Measure | Literal[Made.OF_PARTS] | None:
        if not isinstance(tree, exp.Column):
            return OF_PARTS
        shown = self.relation.fields.get(tree.name)
        if shown is None or _family(shown) == "boolean" or tree.name in self._open:
            return None
        return self.measure(tree.name)

    def _made(self, own: Measure, computed: Measure, kind_of_type: str | None) -> Measure:
        """A formula's measure under the column's own name. Summands are kept where their homes differ.

        A text keeps the measure of the number that it shows.
        """
        if own.aggregate is Aggregate.NOMINAL and (kind_of_type in _DATES or computed.aggregate is Aggregate.NOMINAL):
            return own
        several = len({leaf.home for leaf in computed.leaves}) > 1
        kind = Aggregate.VALUE if computed.aggregate is Aggregate.NOMINAL else computed.aggregate
        return replace(
            own,
            aggregate=kind,
            home=own.home if own.home != frozenset(self.relation.grain) else computed.home,
            stock=computed.stock,
            parts=computed.parts,
            summands=computed.summands if several else (),
            guessed=computed.guessed,
            weighs=own.weighs or computed.weighs,
            presumed=computed.presumed and not own.weighs,
            inverse=computed.inverse,
        )

    def _home(self, name: str) -> tuple[str, ...]:
        """The key, or non-key columns that are claimed to determine the column, which then belongs to a parent."""
        key = tuple(word.text for word in self.entity.key)
        for claim in self.entity.determines:
            left = tuple(word.text for word in claim.left)
            if name not in key and any(word.text == name for word in claim.right) and not self._is_key(left):
                return left
        return key

    def _whole(self, share: Measure) -> frozenset[str] | None:
        """The key within which a share sums to one: that of its row, or a `unique`, without the last column."""
        if share.home != {word.text for word in self.entity.key}:
            return None
        keys = (words for words in (self.entity.key, *self.entity.uniques) if len(words) > 1)
        return next((frozenset(word.text for word in words[:-1]) for words in keys), None)

    def _is_key(self, columns: tuple[str, ...]) -> bool:
        return self.relation.state.is_key(columns, filled=columns) is not None

    def _times(self, attribute: Attribute) -> frozenset[str]:
        """The key columns that are the time of a stock, as declared.

        Otherwise they are dates, columns named like a time, or counters (ids are not counters). Empty for keys of
        things only: then all levels have the same time.
        """
        if attribute.stock_along:
            return frozenset(word.text for word in attribute.stock_along)
        keyed = dict.fromkeys(word.text for words in (self.entity.key, *self.entity.uniques) for word in words)
        shown = [(name, _family(self.relation.fields[name])) for name in keyed if name in self.relation.fields]
        dates = [name for name, kind in shown if kind in _DATES]
        called = [name for name, _ in shown if _TIMES.search(name)]
        counting = [name for name, kind in shown if kind == "integer" and not name.lower().endswith("id")]
        return frozenset(dates or called or (counting if len(shown) > 1 else ()))


def is_ratio_by_name(relation: Relation, name: str) -> bool:
    """Whether a number is named like a ratio: `ctr`, `click_rate`, `avg_price`, `pages_per_visit`. It has decimals."""
    if family(relation.fields[name].type or "") not in ("numeric", "float"):
        return False
    first, *rest = name.lower().split("_")
    if not rest:
        return first in _RATIOS - {"rate", "share"}  # these words alone may also be prices or stocks
    return rest[-1] in _RATIOS or first in ("avg", "average", "mean") or "per" in rest
