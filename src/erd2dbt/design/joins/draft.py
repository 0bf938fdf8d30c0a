"""A model in the making: its rows, the inputs that are reduced for it, and the types known so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from erd2dbt.design.joins.scope import Names, Node, Scope
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Field, Relation
from erd2dbt.diagram.erd import ColumnSpec, ModelSpec
from erd2dbt.faults.diagnostics import Collector, Edit, Span
from erd2dbt.prove.claims import Claim
from erd2dbt.prove.state import State
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.inference import infer, wanted

SIBLING = "@"  # stands for "this model" as a qualifier until the stages are laid out


@dataclass(frozen=True, slots=True)
class Match:
    """An input's column (at a node of its scope) that equals a column of the model's rows."""

    outer: exp.Column
    name: str  # what the reduced input calls it
    node: Node
    column: str

    @property
    def inner(self) -> exp.Column:
        return column(self.column, self.node.alias)


@dataclass(frozen=True, slots=True)
class InputMatch:
    """Where an input matches the rows, and why: along `links`, by `match:` (`said`), or only by name (`named`).

    `own`: the input is the rows themselves, so that the model's `where` holds for it, too.
    """

    scope: Scope
    on: tuple[Match, ...]
    links: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    said: bool = False
    own: bool = False

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(column of the rows, column of the input); of a parent of the input with its name."""
        base = self.scope.base
        own = [m.column if m.node is base else f"{m.node.relation.name}.{m.column}" for m in self.on]
        return tuple((match.outer.name, its) for match, its in zip(self.on, own, strict=True))

    def is_like(self, other: InputMatch) -> bool:
        """Whether the same rows of the same input match the same columns."""
        same = self.scope.base.relation is other.scope.base.relation and self.own == other.own
        return same and self._ends == other._ends

    @property
    def _ends(self) -> list[tuple[object, ...]]:
        return [(m.outer, m.name, m.node.relation.name, m.node.path, m.column) for m in self.on]


@dataclass(slots=True)
class Reduction:
    """An input that is brought to at most one row per match: grouped, or (with `order`) picked by row_number."""

    cte: str
    scope: Scope
    on: tuple[Match, ...]
    order: tuple[Tree, ...] | None = None
    where: Tree | None = None
    last: bool = False
    outputs: dict[str, Tree] = field(default_factory=dict)
    labels: dict[str, frozenset[Claim]] = field(default_factory=dict)  # outputs determined by the match
    met: InputMatch | None = None  # why it is joined on these columns
    own: bool = False  # the rows themselves, grouped to the model's grain
    doubted: set[str] = field(default_factory=set)  # warnings said of this input: once is enough

    def output(self, wanted_name: str, tree: Tree) -> str:
        """The name of the output that holds `tree`; an equal one is shared."""
        for name, known in self.outputs.items():
            if known == tree:
                return name
        name, n = wanted_name, 2
        while name in self.outputs or any(m.name == name for m in self.on):
            name, n = f"{wanted_name}_{n}", n + 1
        self.outputs[name] = tree
        return name


@dataclass(slots=True, kw_only=True)
class ColumnDraft:
    """A column of the model as a tree over the model's inputs; siblings are qualified with SIBLING."""

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
    called: dict[str, str] = field(default_factory=dict)  # grain column -> what rows that are taken whole call it
    inner: Reduction | None = None  # the rows being grouped; None when they are taken whole
    union: tuple[tuple[Scope, tuple[Match, ...]], ...] = ()
    where: Tree | None = None
    reductions: list[Reduction] = field(default_factory=list)
    columns: dict[str, ColumnDraft] = field(default_factory=dict)
    types: dict[tuple[str, str], str | None] = field(default_factory=dict)
    precise: dict[tuple[str, str], str | None] = field(default_factory=dict)  # aggregates: the type to declare
    state: State | None = None  # of the rows with all that is joined to them, once that is proved
    rows_via: str | None = None  # the word that chose where the grain stands
    doubted: set[str] = field(default_factory=set)  # inputs of which W406 is said already
    accepted: frozenset[str] = frozenset()  # codes that the column at hand accepts

    @property
    def whole(self) -> bool:
        return self.inner is None and not self.union

    def said_of(self, name: str) -> dict[str, str]:
        """`match:` of an input or of the rows: grain column -> its column."""
        pairs = next((pairs for word, pairs in self.spec.match if word.text == name), ())
        return {grain.text: its.text for grain, its in pairs}

    def said_via(self, name: str) -> tuple[str | None, str | None]:
        """`via:` of the model: the word for this input, and the word for all."""
        said = {source: word.text for source, word in self.spec.via}
        return said.get(name), said.get("")

    def grain_column(self, name: str) -> exp.Column:
        return column(self.outer_name(name), self.outer.base.alias)

    def outer_name(self, grain: str) -> str:
        """What the rows call a grain column: another name where `match:` says so, or a link compares the two."""
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
        """Remember the type of an output: what PostgreSQL gives, and what is to be declared."""
        self.types[alias, name] = infer(tree, self.type_of)
        self.precise[alias, name] = wanted(tree, self.type_of)

    def accept(self, column: ColumnSpec | None) -> None:
        """From here on, what the model accepts, and this column of it."""
        said = (*self.spec.accept, *(column.accept if column else ()))
        self.accepted = frozenset(code for code, _ in said)

    def fault(
        self, code: str, message: str, span: Span, *fixes: str, notes: Iterable[str] = (), edit: Edit | None = None
    ) -> None:
        """Add a diagnostic, unless the column at hand accepts it."""
        if code not in self.accepted:
            self.faults.add(code, message, span, notes=notes, fixes=fixes, edit=edit)
