"""A model while it is planned: its rows, the inputs that are reduced for it, and the types known so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from erd2dbt.design.joins.scope import Names, Node, Scope
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Field, Relation
from erd2dbt.diagram.erd import ColumnSpec, ModelSpec
from erd2dbt.faults.diagnostics import Collector, Edit, Span
from erd2dbt.names.length import fit
from erd2dbt.prove.claims import Claim
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.inference import infer, wanted

SIBLING = "@"  # stands for "this model" as a qualifier until the stages are laid out


@dataclass(frozen=True, slots=True)
class Match:
    """A column of an input (at a node of its scope) that equals a column of the model's rows."""

    outer: exp.Column
    name: str  # its name in the reduced input
    node: Node
    column: str

    @property
    def inner(self) -> exp.Column:
        return column(self.column, self.node.alias)

    @property
    def place(self) -> tuple[tuple[str, ...], str]:
        """The column, and the links to its relation. It is equal for one place in two scopes of the same base."""
        return self.node.path, self.column


@dataclass(frozen=True, slots=True)
class InputMatch:
    """The columns on which an input joins the rows, and why: `links`, `match:` (`said`), or equal names (`named`).

    `own`: the input is the model's rows themselves, so the model's `where` applies to it as well. `plain`: foreign keys
    lead to the rows; else a parent or an extension that both share does.
    """

    scope: Scope
    on: tuple[Match, ...]
    links: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    said: bool = False
    own: bool = False
    plain: bool = True

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(column of the rows, column of the input). A column of the input's parent is qualified with its name."""
        base = self.scope.base
        own = [m.column if m.node is base else f"{m.node.relation.name}.{m.column}" for m in self.on]
        return tuple((match.outer.name, its) for match, its in zip(self.on, own, strict=True))

    def is_like(self, other: InputMatch) -> bool:
        """Whether two inputs join the same rows on the same columns."""
        same = self.scope.base.relation is other.scope.base.relation and self.own == other.own
        return same and self._ends == other._ends

    @property
    def _ends(self) -> list[tuple[object, ...]]:
        return [(m.outer, m.name, m.node.relation.name, m.node.path, m.column) for m in self.on]


@dataclass(slots=True)
class Reduction:
    """An input that is reduced to at most one row per match: grouped, or (with `order`) picked by row_number."""

    cte: str
    scope: Scope
    on: tuple[Match, ...]
    order: tuple[Tree, ...] | None = None
    where: Tree | None = None
    last: bool = False
    outputs: dict[str, Tree] = field(default_factory=dict)
    labels: dict[str, frozenset[Claim]] = field(default_factory=dict)  # outputs that the match determines
    met: InputMatch | None = None  # why it is joined on these columns
    own: bool = False  # the model's rows, grouped to its grain
    doubted: set[str] = field(default_factory=set)  # warnings that were given for this input; each is given once

    def output(self, wanted_name: str, tree: Tree) -> str:
        """The name of the output with the expression `tree`. An equal expression is reused."""
        for name, known in self.outputs.items():
            if known == tree:
                return name
        name, n = wanted_name, 2
        while name in self.outputs or any(m.name == name for m in self.on):
            name, n = fit(f"{wanted_name}_{n}"), n + 1
        self.outputs[name] = tree
        return name


def _without(shown: Field, own: Field) -> Field:
    """A grain column without the origin that one source has; unchanged where no other source has another one."""
    ends = [(shown.origin, shown.path), *shown.also]
    (origin, path), *also = [end for end in ends if end != (own.origin, own.path)] or ends
    return replace(shown, origin=origin, path=path, also=tuple((there, by) for there, by in also if there))


@dataclass(slots=True, kw_only=True)
class ColumnDraft:
    """A column of the model, as a tree over the model's inputs. Sibling columns are qualified with SIBLING."""

    name: str
    tree: Tree
    said: ColumnSpec | None = None
    inherits: tuple[tuple[str, str], ...] = ()
    type: str | None = None


@dataclass(slots=True, kw_only=True)
class Draft:
    world: World
    spec: ModelSpec
    faults: Collector
    names: Names
    rows: tuple[Relation, ...]
    outer: Scope
    grain: dict[str, Field]
    called: dict[str, str] = field(default_factory=dict)  # grain column -> its name in rows that are not grouped
    inner: Reduction | None = None  # the rows that are grouped; None when they are not grouped
    union: tuple[tuple[Scope, tuple[Match, ...]], ...] = ()
    where: Tree | None = None
    reductions: list[Reduction] = field(default_factory=list)
    columns: dict[str, ColumnDraft] = field(default_factory=dict)
    types: dict[tuple[str, str], str | None] = field(default_factory=dict)
    precise: dict[tuple[str, str], str | None] = field(default_factory=dict)  # aggregates: the type to declare
    state: State | None = None  # of the rows with everything that is joined to them, after the proof
    rows_via: dict[str, str] = field(default_factory=dict)  # by source: the `via:` word that selected the grain's place
    doubted: set[str] = field(default_factory=set)  # inputs with a W406 already
    accepted: frozenset[str] = frozenset()  # codes that the current column accepts

    @property
    def whole(self) -> bool:
        return self.inner is None and not self.union

    def own_places(self, relation: Relation) -> dict[str, tuple[tuple[str, ...], str]]:
        """For a source of the rows, the places from which the grain columns come; empty for other relations."""
        parts = [(self.inner.scope, self.inner.on)] if self.inner is not None else self.union
        if self.whole and relation is self.outer.base.relation:
            return {name: ((), self.outer_name(name)) for name in self.grain}
        return {match.name: match.place for scope, on in parts if scope.base.relation is relation for match in on}

    def grain_beside(self, relation: Relation) -> Mapping[str, Field]:
        """The grain as an input sees it. A source of a union sees the columns of the other sources, not its own."""
        own = [match for scope, on in self.union if scope.base.relation is relation for match in on]
        return self.grain | {
            match.name: _without(self.grain[match.name], match.node.relation.fields[match.column]) for match in own
        }

    def said_of(self, name: str) -> dict[str, str]:
        """`match:` of an input or of the rows: grain column -> its column."""
        pairs = next((pairs for word, pairs in self.spec.match if word.text == name), ())
        return {grain.text: its.text for grain, its in pairs}

    def said_via(self, name: str) -> tuple[str | None, str | None]:
        """`via:` of the model: the word for this input, and the word for all inputs."""
        said = {source: word.text for source, word in self.spec.via}
        return said.get(name), said.get("")

    def grain_column(self, name: str) -> exp.Column:
        return column(self.outer_name(name), self.outer.base.alias)

    def outer_name(self, grain: str) -> str:
        """The name of a grain column in the rows. It differs where `match:` or a link maps it to another column."""
        return self.called.get(grain, grain) if self.whole else grain

    def type_of(self, reference: exp.Column) -> str | None:
        table, name = key = (reference.table, reference.name)
        if key in self.types:
            return self.types[key]
        if table in ("", SIBLING) and name in self.columns:
            return self.columns[name].type
        for scope in self.scopes():
            node = scope.node(table)
            if node is not None and name in node.relation.fields:
                return node.relation.fields[name].type
        return None

    def scopes(self) -> list[Scope]:
        inner = [self.inner.scope] if self.inner else []
        return [self.outer, *inner, *(r.scope for r in self.reductions), *(s for s, _ in self.union)]

    def learn(self, alias: str, name: str, tree: Tree) -> None:
        """Store the type of an output: the one that PostgreSQL gives, and the one to declare."""
        self.types[alias, name] = infer(tree, self.type_of)
        self.precise[alias, name] = wanted(tree, self.type_of)

    def accept(self, column: ColumnSpec | None) -> None:
        """Set the accepted codes to those of the model and of this column."""
        said = (*self.spec.accept, *(column.accept if column else ()))
        self.accepted = frozenset(code for code, _ in said)

    def fault(
        self, code: str, message: str, span: Span, *fixes: str, notes: Iterable[str] = (), edit: Edit | None = None
    ) -> None:
        """Add a diagnostic, unless the current column accepts its code."""
        if code not in self.accepted:
            self.faults.add(code, message, span, notes=notes, fixes=fixes, edit=edit)
