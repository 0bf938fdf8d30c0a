"""Columns that depend on columns of the same model: the select that each is in, and its name there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from erd2dbt.datatypes.postgres import canonical
from erd2dbt.design.joins.draft import SIBLING, ColumnDraft, Draft
from erd2dbt.names.length import fit
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.inference import infer
from erd2dbt.sql.trees import columns_in, copied, rewritten


@dataclass(frozen=True, slots=True)
class Stages:
    """The columns by select.

    `depth`: how many selects a column waits for. `trees`: its expression in its own select. `carried`: input columns
    that only a later select reads, by the name under which they are passed on.
    """

    depth: dict[str, int]
    trees: dict[str, Tree]
    carried: dict[str, Tree]

    @property
    def deepest(self) -> int:
        return max(self.depth.values(), default=0)


def siblings(tree: Tree) -> list[str]:
    """The other columns of the model that a tree reads, each once."""
    return list(dict.fromkeys(c.name for c in columns_in(tree) if c.table == SIBLING))


def circle(draft: Draft) -> list[str]:
    """The names along one circle of columns that need each other; empty without one."""
    state: dict[str, int] = {}  # 1 while open, 2 when done
    path: list[str] = []

    def visit(name: str) -> list[str]:
        state[name] = 1
        path.append(name)
        for other in siblings(draft.columns[name].tree):
            if other not in draft.columns or state.get(other) == 2:
                continue
            if state.get(other) == 1:
                return [*path[path.index(other) :], other]
            found = visit(other)
            if found:
                return found
        path.pop()
        state[name] = 2
        return []

    for name in draft.columns:
        if name not in state and (found := visit(name)):
            return found
    return []


def stages_of(draft: Draft) -> Stages:
    """The columns of a draft without circles, in as few selects as possible."""
    depth: dict[str, int] = {}
    for name in draft.columns:
        _depth(draft, name, depth)
    carried: dict[str, Tree] = {}
    trees = {}
    for name, known in draft.columns.items():
        placed = _later(draft, known.tree, carried) if depth[name] else _opened(draft, known.tree)
        trees[name] = _cast(draft, known, placed)
    return Stages(depth, trees, carried)


def _depth(draft: Draft, name: str, found: dict[str, int]) -> int:
    if name not in found:
        needs = siblings(draft.columns[name].tree)
        found[name] = max((0 if _is_plain(draft, s) else _depth(draft, s, found) + 1 for s in needs), default=0)
    return found[name]


def _is_plain(draft: Draft, name: str) -> bool:
    """Whether the column is an input's column, with its type there."""
    known = draft.columns[name]
    if not isinstance(known.tree, exp.Column) or known.tree.table == SIBLING:
        return False
    return known.said is None or known.said.type is None or _cast(draft, known, known.tree) is known.tree


def _opened(draft: Draft, tree: Tree) -> Tree:
    """A tree of the first select. Its siblings are plain, so they are replaced by their own references."""

    def visit(node: Tree) -> Tree:
        is_sibling = isinstance(node, exp.Column) and node.table == SIBLING
        return copied(draft.columns[node.name].tree) if is_sibling else node

    return rewritten(tree, visit)


def _later(draft: Draft, tree: Tree, carried: dict[str, Tree]) -> Tree:
    """A tree of a later select: it reads the previous select, by the model's own column names."""

    def visit(node: Tree) -> Tree:
        if not isinstance(node, exp.Column):
            return node
        return column(node.name if node.table == SIBLING else _passed_as(draft, node, carried))

    return rewritten(tree, visit)


def _passed_as(draft: Draft, node: exp.Column, carried: dict[str, Tree]) -> str:
    for name in draft.grain:
        if draft.grain_column(name) == node:
            return name
    for name, known in (
        *draft.columns.items(),
        *((n, ColumnDraft(name=n, tree=t)) for n, t in carried.items()),
    ):
        if known.tree == node:
            return name
    wanted = whole = node.name
    while wanted in draft.columns or wanted in draft.grain or wanted in carried:
        whole = f"{node.table}_{whole}" if not whole.startswith(node.table) else f"{whole}_"
        wanted = fit(whole)
    carried[wanted] = copied(node)
    return wanted


def _cast(draft: Draft, known: ColumnDraft, tree: Tree) -> Tree:
    """A cast where PostgreSQL's type differs from the declared one.

    Examples are the bare numeric of a sum, and an array of a domain, which is not an array of the base type.
    """
    actual = infer(known.tree, draft.type_of)
    is_other = actual and (actual != known.type or (canonical(actual) and _is_list(draft, known.tree)))
    return sql.cast(tree, known.type) if known.type and is_other else tree


def _is_list(draft: Draft, tree: Tree) -> bool:
    for made in (*draft.reductions, *([draft.inner] if draft.inner else [])):
        if isinstance(tree, exp.Column) and tree.table == made.cte and tree.name in made.outputs:
            made_of = made.outputs[tree.name]
            return isinstance(made_of.this if isinstance(made_of, exp.Filter) else made_of, exp.ArrayAgg)
    return False
