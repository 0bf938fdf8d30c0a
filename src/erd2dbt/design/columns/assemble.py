"""A resolved draft as common table expressions: imports, one per reduced input, stages, `final`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from erd2dbt.design.columns.stages import stages_of
from erd2dbt.design.joins.draft import Draft, Reduction
from erd2dbt.design.joins.rows import filled
from erd2dbt.design.joins.scope import Scope
from erd2dbt.design.plans.deduplication import RANK, free
from erd2dbt.design.plans.plan import Cte, Item, Join, Select
from erd2dbt.sql import expression as sql
from erd2dbt.sql.expression import Tree, column
from erd2dbt.sql.trees import columns_in, copied, rewritten


def ctes(draft: Draft) -> tuple[Cte, ...]:
    """All CTEs after the imports. The last one is `final`."""
    parts: list[Cte] = []
    inline = draft.inner is not None and not draft.reductions and not draft.outer.joins
    if draft.union:
        parts.append(_union(draft))
    if draft.inner is not None and not inline:
        parts.append(Cte(name=draft.inner.cte, selects=(_grouped(draft, draft.inner),)))
    for reduction in draft.reductions:
        parts.extend(_reduced(draft, reduction))
    parts.extend(_stages(draft, inline=inline))
    return (*_uniques(draft, parts), *parts)


def _uniques(draft: Draft, parts: list[Cte]) -> Iterator[Cte]:
    """Lookups on unique columns, grouped by these, with the columns that are read."""
    read: dict[str, dict[str, None]] = {}
    for select in (select for cte in parts for select in cte.selects):
        names = {join.alias: join.cte for join in select.joins}
        for shown in (c for tree in _trees(select) for c in columns_in(tree) if c.table in names):
            read.setdefault(names[shown.table], {})[shown.name] = None
    for (name, by), cte in draft.names.grouped.items():
        if cte not in read:
            continue
        fields = draft.world.shelf[name].fields
        labels = [Item(c, sql.label(column(c), fields[c].type)) for c in read[cte] if c not in by]
        filled = exp.and_(*(exp.Is(this=column(c), expression=exp.null(), negate=True) for c in by), copy=False)
        items = (*(Item(c) for c in by), *labels)
        source = draft.names.imports[name]
        named = frozenset(item.name for item in labels)
        grouped = Select(items=items, source=source, where=filled, group=len(by), labels=named)
        yield Cte(name=cte, selects=(grouped,))


def _trees(select: Select) -> Iterator[Tree]:
    yield from (item.tree for item in select.items if item.tree is not None)
    yield from (side for join in select.joins for pair in join.on for side in pair)
    if select.where is not None:
        yield select.where


def used_imports(draft: Draft, made: tuple[Cte, ...]) -> tuple[tuple[str, str], ...]:
    """(CTE, relation) of the imports that are read: the rows first, then in order of first use."""
    selects = [select for cte in made for select in cte.selects]
    read = {name for select in selects for name in (select.source, *(join.cte for join in select.joins))}
    return tuple((cte, relation) for relation, cte in draft.names.imports.items() if cte in read)


def _union(draft: Draft) -> Cte:
    selects = []
    for scope, on in draft.union:
        items = [Item(match.name, match.inner) for match in on]
        selects.append(_select(scope, items, where=filled(draft, on)))
    return Cte(name=draft.outer.base.alias, selects=tuple(selects))


def _reduced(draft: Draft, reduction: Reduction) -> list[Cte]:
    if reduction.order is None:
        return [Cte(name=reduction.cte, selects=(_grouped(draft, reduction),))]
    ranked = draft.names.fresh(f"ranked_{reduction.scope.base.alias}")
    rank = free(RANK, [*(m.name for m in reduction.on), *reduction.outputs])
    keys = [Item(match.name, match.inner) for match in reduction.on]
    values = [Item(name, tree) for name, tree in reduction.outputs.items()]
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[match.inner for match in reduction.on],
        order=exp.Order(expressions=[_directed(t, last=reduction.last) for t in reduction.order]),
    )
    items = [*_simple_first([*keys, *values]), Item(rank, number)]
    first = exp.EQ(this=column(rank), expression=exp.Literal.number(1))
    names = [Item(item.name) for item in (*keys, *values)]
    return [
        Cte(name=ranked, selects=(_select(reduction.scope, items, where=reduction.where),)),
        Cte(name=reduction.cte, selects=(Select(items=tuple(names), source=ranked, where=first),)),
    ]


def _directed(term: Tree, *, last: bool) -> Tree:
    """An order term, reversed for `last`.

    By default NULLs come last either way, so that a row without a value is picked only where every row has none.
    """
    descends, nulls_first = bool(term.args.get("desc")), term.args.get("nulls_first")
    stands_first = nulls_first is not None and bool(nulls_first) != last
    return exp.Ordered(this=copied(term.this), desc=(descends != last) or None, nulls_first=stands_first)


def _grouped(draft: Draft, reduction: Reduction) -> Select:
    keys = [Item(match.name, match.inner) for match in reduction.on]
    outputs = [Item(name, tree) for name, tree in reduction.outputs.items()]
    where = draft.where if reduction.own else reduction.where
    made = _select(reduction.scope, [*keys, *outputs], where=where, group=len(keys))
    return replace(made, labels=frozenset(reduction.labels))


def _select(
    scope: Scope,
    items: list[Item],
    *,
    where: Tree | None = None,
    group: int | None = None,
    joins: list[Join] | None = None,
) -> Select:
    """A select over a scope with only the lookups that it reads. Without a join, no column is qualified."""
    trees = [item.tree for item in items if item.tree is not None] + ([where] if where is not None else [])
    lookups = _needed(scope, trees + [a for join in joins or [] for a, _ in join.on])
    joined = [*lookups, *(joins or [])]
    if joined:
        return Select(items=tuple(items), source=scope.base.alias, joins=tuple(joined), where=where, group=group)
    return Select(
        items=tuple(_unqualified(item) for item in items),
        source=scope.base.alias,
        where=_bare(where) if where is not None else None,
        group=group,
    )


def _needed(scope: Scope, trees: list[Tree]) -> list[Join]:
    """The lookups whose columns are read, and those on the path to them."""
    used = {c.table for tree in trees for c in columns_in(tree)}
    kept = []
    for _, join, there in reversed(scope.joins):
        if there.alias in used:
            used |= {c.table for left, _ in join.on for c in columns_in(left)}
            kept.append(join)
    return kept[::-1]


def _unqualified(item: Item) -> Item:
    tree = _bare(item.tree) if item.tree is not None else None
    same = isinstance(tree, exp.Column) and tree.name == item.name
    return Item(item.name, None if same else tree)


def _bare(tree: Tree) -> Tree:
    if isinstance(tree, exp.Column):
        return column(tree.name)
    return rewritten(tree, lambda node: column(node.name) if isinstance(node, exp.Column) else node)


def _stages(draft: Draft, *, inline: bool) -> list[Cte]:
    """One select while no column needs another; else one per depth, each of which passes on the earlier columns."""
    stages = stages_of(draft)
    names = _stage_names(stages.deepest, grouped=inline)
    keys = [Item(name, draft.grain_column(name)) for name in draft.grain]
    first = [Item(n, t) for n, t in stages.trees.items() if stages.depth[n] == 0]
    hidden = [Item(name, tree) for name, tree in stages.carried.items()]
    made = [Cte(name=names[0], selects=(_first_stage(draft, keys, first, hidden, inline=inline),))]
    for level in range(1, stages.deepest + 1):
        last = level == stages.deepest
        before = [item.name for item in made[-1].selects[0].items]
        passed = [Item(name) for name in before if not (last and name in stages.carried)]
        fresh = [Item(name, tree) for name, tree in stages.trees.items() if stages.depth[name] == level]
        select = Select(items=(*passed, *_simple_first(fresh)), source=names[level - 1])
        made.append(Cte(name=names[level], selects=(select,)))
    return made


def _stage_names(deepest: int, *, grouped: bool) -> list[str]:
    start = "aggregated" if grouped else "joined"
    middle = ["derived" if n == 1 else f"derived_{n}" for n in range(1, deepest)]
    return ["final"] if deepest == 0 else [start, *middle, "final"]


def _first_stage(draft: Draft, keys: list[Item], columns: list[Item], hidden: list[Item], *, inline: bool) -> Select:
    if not inline:
        joins = [_join(reduction) for reduction in draft.reductions]
        where = draft.where if draft.whole else None
        items = [*keys, *_simple_first(columns), *hidden]
        return _select(draft.outer, items, where=where, joins=joins)
    own = draft.inner
    assert own is not None
    grain = [Item(match.name, match.inner) for match in own.on]
    opened = [Item(i.name, _opened(i.tree, own)) for i in (*columns, *hidden) if i.tree is not None]
    return _select(own.scope, [*grain, *_simple_first(opened)], where=draft.where, group=len(grain))


def _join(reduction: Reduction) -> Join:
    on = tuple((match.outer, column(match.name, reduction.cte)) for match in reduction.on)
    return Join(reduction.cte, reduction.cte, on)


def _opened(tree: Tree, own: Reduction) -> Tree:
    """The tree with references to the own grouping replaced by the aggregates."""

    def visit(node: Tree) -> Tree:
        if isinstance(node, exp.Column) and node.table == own.cte:
            if node.name in own.outputs:
                return copied(own.outputs[node.name])
            return next(match.inner for match in own.on if match.name == node.name)
        return node

    return rewritten(tree, visit)


def _simple_first(items: list[Item]) -> list[Item]:
    """Plain columns and casts before calculations, as SQL style guides recommend; else the spec's order."""
    return sorted(items, key=lambda item: not _is_simple(item.tree))


def _is_simple(tree: Tree | None) -> bool:
    while isinstance(tree, exp.Cast):
        tree = tree.this
    return tree is None or isinstance(tree, exp.Column)
