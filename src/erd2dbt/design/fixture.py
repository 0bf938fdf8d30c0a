"""A small case that a naive join would break: two children for one parent on every to-many side of a model."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from erd2dbt.design.draft import Draft, Reduction
from erd2dbt.design.plan import Fixture, Relation
from erd2dbt.postgres_types import family
from erd2dbt.sql.expression import Tree
from erd2dbt.sql.identifiers import needs_quotes
from erd2dbt.sql.predicates import facts
from erd2dbt.sql.trees import columns_in

# A value and another one of each family; equal families join on equal values.
_VALUES: dict[str, tuple[object, object]] = {
    "integer": (1, 2),
    "numeric": (1, 2),
    "float": (1, 2),
    "text": ("a", "b"),
    "date": ("2025-01-01", "2025-01-02"),
    "timestamp": ("2025-01-01", "2025-01-02"),
    "boolean": (True, False),
}

Row = dict[str, object]


def fixture(draft: Draft) -> Fixture | None:
    """Rows for every input and the grain values that must come out; None for a model without inputs to reduce or
    look up, and where a value cannot be made up: an odd filter, a type or a name that dbt's unit tests cannot take."""
    reduced = [*draft.reductions, *([draft.inner] if draft.inner else [])]
    if not reduced and not draft.outer.joins and not draft.union:
        return None
    relations = {n.relation.name: n.relation for s in draft.scopes() for n in s.nodes.values()}
    if draft.inner or draft.union:
        relations.pop(draft.outer.base.relation.name, None)
    needed = {name: set(relation.grain) for name, relation in relations.items()}
    if not _filtered(draft, needed) or any(_odd(relation) for relation in relations.values()):
        return None
    _joined(draft, needed)
    if needed.get(draft.rows[0].name, set()) & {_empty(term) for term in _terms(draft)}:
        return None
    first = {name: _row(relations[name], columns) for name, columns in needed.items()}
    if any(row is None for row in first.values()):
        return None
    given: dict[str, list[Row]] = {name: [row] for name, row in first.items() if row is not None}
    for reduction in reduced:
        given[reduction.scope.base.relation.name][0].update(_constants(reduction))
    for reduction in reduced:
        base = reduction.scope.base.relation
        met = {m.column for m in reduction.on if m.node is reduction.scope.base}
        second = {**given[base.name][0], **_others(base, [c for c in base.grain if c not in met])}
        if second not in given[base.name] and not _repeats(base, given[base.name][0], second):
            given[base.name].append(second)
    return Fixture(
        given=tuple((name, tuple(rows)) for name, rows in given.items()), expect=tuple(_expected(draft, given))
    )


def _repeats(relation: Relation, first: Row, second: Row) -> bool:
    """Whether the two cannot both be there: they agree on what is unique."""
    same = {name for name, value in first.items() if second.get(name) == value}
    return any(key.columns and key.columns <= same for key in relation.state.keys)


def _constants(reduction: Reduction) -> Row:
    """`touchpoint_position = 1` in a pick: rows that do not pass it would prove nothing."""
    where = reduction.where
    if where is None:
        return {}
    terms = [t.unnest() for t in (where.flatten() if isinstance(where, exp.And) else [where])]
    equal = [t for t in terms if isinstance(t, exp.EQ) and isinstance(t.this, exp.Column)]
    alias = reduction.scope.base.alias
    return {
        t.this.name: int(t.expression.name) if t.expression.is_int else t.expression.name
        for t in equal
        if isinstance(t.expression, exp.Literal) and t.this.table == alias
    }


def _odd(relation: Relation) -> bool:
    """dbt writes every column of an input without quotes and casts it to its type."""
    return any(needs_quotes(f.name) or f.type is None for f in relation.fields.values())


def _filtered(draft: Draft, needed: dict[str, set[str]]) -> bool:
    """Whether made-up rows pass the model's filter: `is not null` with the column filled, a mark of deleted rows with
    the column left empty."""
    base = draft.inner.scope.base.alias if draft.inner else draft.outer.base.alias
    for term in _terms(draft):
        if any(c.table != base for c in columns_in(term)):
            return False
        filled = facts(term).not_null if isinstance(term, (exp.Is, exp.Not)) else ()
        if not filled and _empty(term) is None:
            return False
        needed[draft.rows[0].name] |= {name for _, name in filled}
    return True


def _terms(draft: Draft) -> list[Tree]:
    if draft.where is None:
        return []
    terms = draft.where.flatten() if isinstance(draft.where, exp.And) else [draft.where]
    return [term.unnest() for term in terms]


def _empty(term: Tree) -> str | None:
    """The column with which the term holds where that is empty: `x is null`, `x is not true`, `coalesce(x, 0) = 0`."""
    inner = term.this.unnest() if isinstance(term, exp.Not) else term
    is_negated = (inner is not term) != bool(inner.args.get("negate"))
    if isinstance(inner, exp.Is) and isinstance(inner.this, exp.Column):
        wanted = exp.true() if is_negated else exp.null()
        return inner.this.name if inner.expression == wanted else None
    if isinstance(inner, exp.EQ) and not is_negated and isinstance(inner.this, exp.Coalesce):
        value, others = inner.this.this, inner.this.expressions
        return value.name if isinstance(value, exp.Column) and others == [inner.expression] else None
    return None


def _joined(draft: Draft, needed: dict[str, set[str]]) -> None:
    """The columns that joins and matches compare."""
    aliases = {n.alias: n.relation.name for s in draft.scopes() for n in s.nodes.values()}
    trees = [side for s in draft.scopes() for _, join, _ in s.joins for pair in join.on for side in pair]
    for reduction in [*draft.reductions, *([draft.inner] if draft.inner else [])]:
        trees += [tree for match in reduction.on for tree in (match.inner, match.outer)]
    trees += [match.inner for _, on in draft.union for match in on]
    for tree in trees:
        if isinstance(tree, exp.Column) and aliases.get(tree.table) in needed:
            needed[aliases[tree.table]].add(tree.name)


def _row(relation: Relation, columns: Iterable[str]) -> Row | None:
    ordered = [name for name in relation.fields if name in columns]
    families = [family(relation.fields[name].type or "") for name in ordered]
    if any(kind not in _VALUES for kind in families):
        return None
    return {name: _VALUES[kind][0] for name, kind in zip(ordered, families, strict=True)}


def _others(relation: Relation, columns: Iterable[str]) -> Row:
    return {name: _VALUES[family(relation.fields[name].type or "")][1] for name in columns}


def _expected(draft: Draft, given: dict[str, list[Row]]) -> Iterable[Row]:
    """The distinct grain values of the rows."""
    if draft.union:
        found = [{m.name: given[m.node.relation.name][0][m.column] for m in on} for _, on in draft.union]
    elif draft.inner:
        on = draft.inner.on
        lone = {m.name: given[m.node.relation.name][0][m.column] for m in on if m.node is not draft.inner.scope.base}
        own = [m for m in on if m.node is draft.inner.scope.base]
        found = [{**{m.name: row[m.column] for m in own}, **lone} for row in given[draft.rows[0].name]]
    else:
        names = {name: draft.outer_name(name) for name in draft.grain}
        found = [{name: row[its] for name, its in names.items()} for row in given[draft.rows[0].name]]
    for i, row in enumerate(found):
        if row not in found[:i]:
            yield {name: row[name] for name in draft.grain}
