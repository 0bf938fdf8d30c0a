"""The computed columns of an entity: each formula is parsed, and expanded to columns that its select can read.

A reference to another computed column is replaced by its formula in brackets. Where that becomes too long, the other
column is computed in the previous select and read by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.design.columns.integer_division import exactly, whole
from erd2dbt.design.plans.plan import Field, Origin
from erd2dbt.diagram.erd import Attribute, Entity, Expression, Tier
from erd2dbt.faults.diagnostics import Collector, Hint, Span, did_you_mean
from erd2dbt.names.length import cut
from erd2dbt.prove.state import State
from erd2dbt.sql import expression as sql
from erd2dbt.sql.constants import cuts_misfit
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.inference import TypeOf, infer
from erd2dbt.sql.integer_division import dropped_fractions
from erd2dbt.sql.layout import one_line
from erd2dbt.sql.predicates import never_null
from erd2dbt.sql.trees import columns_in, nodes, rewritten
from erd2dbt.sql.type_mismatches import misfit
from erd2dbt.sqlproof.congruence import congruent

_LONGEST = 45  # nodes of an expanded formula: 15 nested sums
_MOST = 20_000  # nodes in total: databases inline the selects below into those above


@dataclass(frozen=True, slots=True)
class _Made:
    """A formula in the select number `stage`.

    The first one reads raw columns, each later one reads the previous select.

    `size`: its own nodes. `whole`: its nodes with all formulas that it depends on.
    """

    tree: Tree
    stage: int
    size: int
    whole: int


class ComputedColumns:
    """The formulas of one entity, as trees over the select that each is in."""

    def __init__(self, entity: Entity, faults: Collector) -> None:
        self.entity = entity
        self.faults = faults
        self.attributes = {a.name: a for a in entity.columns}
        self.formulas = {a.name: a for a in entity.columns if a.formula is not None}
        self._parsed: dict[str, Tree | None] = {}
        self._made: dict[str, _Made | None] = {}
        self._types: dict[str, str | None] = {}
        self._inputs: dict[str, frozenset[str]] = {}
        self._follows: dict[str, bool] = {}
        raw = {cut(a.raw or a.name): a for a in entity.columns if a.formula is None}
        self._by_raw = {name: a.name for name, a in raw.items()}
        self._raw_types = {name: "text" if a.cast else canonical(a.type or "") or a.type for name, a in raw.items()}
        for name in self._in_order():
            self._made[name] = self._resolved(self.formulas[name])

    def tree(self, name: str) -> Tree | None:
        """The formula, readable in its own select; None for a raw column and for a formula with faults."""
        made = self._made.get(name)
        return made.tree if made is not None else None

    def stage(self, name: str) -> int:
        """The number of selects before the one of a computed column."""
        made = self._made.get(name)
        return made.stage if made is not None else 0

    # -- what reads what

    def _in_order(self) -> list[str]:
        """The computed columns in dependency order. A circle is a fault."""
        done: dict[str, bool] = {}  # False until it is finished
        order: list[str] = []
        for first in self.formulas:
            path = [] if first in done else [(first, self._read(first))]
            done.setdefault(first, False)
            while path:
                name, rest = path[-1]
                after = next(rest, None)
                if after is None:
                    path.pop()
                    done[name] = True
                    order.append(name)
                elif after not in done:
                    done[after] = False
                    path.append((after, self._read(after)))
                elif not done[after]:
                    self._circle(name, [*(before for before, _ in path), after])
        return order

    def _read(self, name: str) -> Iterator[str]:
        """The computed columns that a formula reads. Parses the formula."""
        tree = self._parsed[name] = self._parse(self.formulas[name])
        return iter([c.name for c in columns_in(tree) if c.name in self.formulas] if tree is not None else [])

    def _circle(self, name: str, path: list[str]) -> None:
        circle = " -> ".join(path[path.index(path[-1]) :])
        message = f"columns of `{self.entity.name}` need each other in a circle: {circle}"
        self.faults.add("E035", message, _value(self.formulas[name]).span)
        self._parsed[name] = None

    def _parse(self, attribute: Attribute) -> Tree | None:
        """The formula over columns of the spec; None after a fault."""
        formula, value = attribute.formula, _value(attribute)
        parsed = sql.parse(value, self.faults)
        if parsed is None or formula is None:
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
        sound = True

        def visit(node: Tree) -> Tree:
            nonlocal sound
            if not isinstance(node, (exp.Column, exp.Dot)):
                return node
            name = self._reference(sql.parts(node), attribute, value.span)
            sound = sound and name is not None
            return column(name) if name is not None else node

        found = rewritten(tree, visit)
        return found if sound else None

    def _reference(self, parts: tuple[str, ...], attribute: Attribute, span: Span) -> str | None:
        """The column of the same entity that a reference means; None after a fault."""
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
        if name not in self.attributes:
            self.faults.add(
                "E031",
                f"`{self.entity.name}` has no column `{name}`",
                span,
                fixes=did_you_mean(name, self.attributes),
            )
            return None
        return name

    # -- formulas over the select that they stand in

    def _resolved(self, attribute: Attribute) -> _Made | None:
        tree = self._parsed[attribute.name]
        read = [c.name for c in columns_in(tree) if c.name in self.formulas] if tree is not None else []
        inner = [made for name in read if (made := self._made[name]) is not None]
        if tree is None or len(inner) < len(read):
            return None
        whole = _size(tree) + sum(made.whole for made in inner)
        if whole > _MOST:
            self._too_long(attribute, read)
            return None
        stage = max((made.stage for made in inner), default=0)
        size = _size(tree) + sum(made.size for made in inner if made.stage == stage)
        if inner and size > _LONGEST:
            stage, size = stage + 1, _size(tree)
        placed = rewritten(tree, lambda node: self._in_stage(node, stage))
        wrong = cuts_misfit(placed, self._types_in(stage)) if isinstance(attribute.formula, Tier) else None
        if wrong is not None:
            fix = Hint("write numbers for a number, dates as `2024-01-31` for a date")
            self.faults.add("E026", wrong, attribute.span, fixes=[fix])
        return _Made(self._as_declared(attribute, placed, stage), stage, size, whole)

    def _too_long(self, attribute: Attribute, read: list[str]) -> None:
        message = (
            f"`{self.entity.name}.{attribute.name}` is too long: with all computed columns that it reads it has more "
            f"than {_MOST:,} parts"
        )
        fix = Hint(f"compute `{read[0]}` in a model of its own that is a table, and read it from there")
        self.faults.add("E020", message, _value(attribute).span, fixes=[fix])

    def _in_stage(self, node: Tree, stage: int) -> Tree:
        """The replacement of a reference in a select: a raw column, a formula in brackets, or an earlier column."""
        if not isinstance(node, exp.Column):
            return node
        made, other = self._made.get(node.name), self.attributes[node.name]
        if made is not None and made.stage == stage:
            return exp.paren(made.tree)
        if stage:
            return column(node.name)
        raw = column(cut(other.raw or node.name))
        return sql.cast(raw, other.type) if other.cast and other.type else raw

    def _as_declared(self, attribute: Attribute, tree: Tree, stage: int) -> Tree:
        """A cast to the declared type of a computed column, where PostgreSQL's own type differs."""
        if not attribute.type or infer(tree, self._types_in(stage)) == canonical(attribute.type):
            return tree
        return sql.cast(tree, attribute.type)

    # -- what is known of them

    def _types_in(self, stage: int) -> TypeOf:
        """The types of the columns that a select reads."""
        if not stage:
            return lambda reference: self._raw_types.get(reference.name)
        return lambda reference: self._type(reference.name)

    def _type(self, name: str) -> str | None:
        """The type of a column in staging; None where it is unknown."""
        attribute = self.attributes[name]
        if attribute.formula is None or attribute.type:
            return canonical(attribute.type or "") or attribute.type
        if name not in self._types:
            tree = self.tree(name)
            self._types[name] = infer(tree, self._types_in(self.stage(name))) if tree is not None else None
        return self._types[name]

    def inputs(self, name: str) -> frozenset[str]:
        """The raw columns, by their names in the spec, that a computed column depends on."""
        if name not in self._inputs:
            self._inputs[name] = self._inputs_of(name)
        return self._inputs[name]

    def _inputs_of(self, name: str) -> frozenset[str]:
        tree = self.tree(name)
        read = {c.name for c in columns_in(tree)} if tree is not None else set()
        if not self.stage(name):
            return frozenset(self._by_raw[raw] for raw in read & self._by_raw.keys())
        of_each = (self.inputs(one) if one in self.formulas else {one} for one in read)
        return frozenset().union(*of_each)

    def follows(self, name: str) -> bool:
        """Whether the inputs determine the column. They do not where equal values can have different texts."""
        if name not in self._follows:
            tree = self.tree(name)
            found = tree is not None and congruent(tree, self._types_in(self.stage(name)))
            self._follows[name] = found and all(map(self.follows, self._before(name)))
        return self._follows[name]

    def _before(self, name: str) -> set[str]:
        """The computed columns that the previous select passes on to this one."""
        tree = self.tree(name)
        return {c.name for c in columns_in(tree)} & self.formulas.keys() if tree and self.stage(name) else set()

    def never_null(self, state: State) -> list[str]:
        """The computed columns that are not null: `coalesce(user_id, 'guest')` for example."""
        raw = [cut(a.raw or a.name) for a in self.entity.columns if a.name in state.not_null]
        found: list[str] = []
        for name, made in self._made.items():
            known = [*state.not_null, *found] if made is not None and made.stage else raw
            if made is not None and never_null(made.tree, known):
                found.append(name)
        return found

    def field(self, name: str) -> Field:
        attribute = self.attributes[name]
        type_ = self._type(name)
        origin = Origin(self.entity.name, name)
        if attribute.formula is None:
            return Field(name=name, type=type_, origin=origin, said=attribute)
        self._type_faults(attribute, type_)
        return Field(
            name=name,
            type=type_,
            origin=origin,
            inherits=tuple((self.entity.name, one) for one in sorted(self.inputs(name))),
            said=attribute,
        )

    def _type_faults(self, attribute: Attribute, found: str | None) -> None:
        tree, formula = self.tree(attribute.name), attribute.formula
        span = formula.span if isinstance(formula, Expression) else attribute.span
        if tree is not None and (wrong := misfit(tree, self._types_in(self.stage(attribute.name)))):
            self.faults.add("E029", wrong, span, fixes=[Hint("cast one side, or compare with a value of its type")])
        elif found is None:
            self.faults.add(
                "E022",
                f"the type of `{self.entity.name}.{attribute.name}` does not follow from its expression",
                span,
                fixes=[Hint(f"add the type that PostgreSQL gives it: `type: …` in `{attribute.name}`")],
            )
        self._integer_divisions(attribute, span)

    def _integer_divisions(self, attribute: Attribute, span: Span) -> None:
        """W310 for divisions that drop a fraction."""
        tree = self._parsed.get(attribute.name)
        if tree is None or any(code == "W310" for code, _ in attribute.accept):
            return
        exact = family(attribute.type or "") in ("numeric", "float")
        found = dropped_fractions(tree, lambda shown: self._type(shown.name), exact=exact)
        for text, division in {one_line(division): division for division in found}.items():
            self.faults.add(
                "W310",
                f"`{self.entity.name}.{attribute.name}` divides integers: `{text}` drops the fraction, as 3 / 4 is 0",
                span,
                fixes=[
                    Hint(f"divide exactly: `{exactly(division)}`"),
                    whole(text),
                    Hint("or accept it with a reason: `accept: {W310: <why>}`"),
                ],
            )


def _value(attribute: Attribute) -> Expression:
    assert attribute.formula is not None
    return attribute.formula if isinstance(attribute.formula, Expression) else attribute.formula.value


def _size(tree: Tree) -> int:
    return sum(1 for _ in nodes(tree))
