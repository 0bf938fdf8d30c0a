"""Cross products: sources that no condition compares, so that each row of one joins each row of the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlglot import exp

from erd2dbt.prove.additivity import occurs_once
from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sqlproof import predicates
from erd2dbt.sqlproof.measures import Measured
from erd2dbt.sqlproof.measuring import aggregate_of, call_of
from erd2dbt.sqlproof.scope import Scope


def beside_all(known: Measured, tree: exp.Select, node: exp.Expr, by: Collection[str]) -> Measure | None:
    """The measure that an aggregate sums again in each group, because no condition relates its rows to the group keys.

    None where there is none.
    """
    if not by or aggregate_of(call_of(node)) not in (Aggregate.SUM, Aggregate.COUNT):
        return None
    inner = known.input(node)
    if inner is None or not inner.home or occurs_once(inner, known.terms.state()):
        return None
    parts = _parts(tree, known.scope)
    own = [part for part in parts if _columns(known.scope, part) & inner.home]
    others = [part for part in parts if part not in own and _columns(known.scope, part) & set(by)]
    within = own and set(by) & frozenset[str]().union(*(_columns(known.scope, part) for part in own))
    return inner if len(own) == 1 and others and not within else None


def _parts(tree: exp.Select, scope: Scope) -> list[frozenset[str]]:
    """The sources in groups: sources that a condition compares, or that a lateral join may relate, are together."""
    parts = [frozenset((name,)) for name in scope.sources]
    for together in _compared(tree, scope):
        met = [part for part in parts if part & together]
        parts = [*(part for part in parts if part not in met), frozenset[str]().union(*met)]
    return parts


def _compared(tree: exp.Select, scope: Scope) -> Iterator[frozenset[str]]:
    joins = tree.args.get("joins") or ()
    if tree.args.get("laterals") or any(isinstance(j.this, (exp.Lateral, exp.Unnest)) or _calls(j) for j in joins):
        yield frozenset(scope.sources)
    for link in scope.links:
        yield from (_owners(scope, pair) for pair in link.pairs)
    for clause in (tree.args.get("where"), *(join.args.get("on") for join in joins)):
        if clause is None:
            continue
        for term in predicates.conjuncts(clause.this if isinstance(clause, exp.Where) else clause):
            found = [scope.find(column) for column in term.find_all(exp.Column)]
            yield _owners(scope, [id_ for id_ in found if isinstance(id_, str)])


def _calls(join: exp.Join) -> bool:
    """Whether the join calls a function, which may read the tables before it."""
    return isinstance(join.this, exp.Table) and not isinstance(join.this.this, exp.Identifier)


def _owners(scope: Scope, ids: Collection[str]) -> frozenset[str]:
    return frozenset(name for name, rel in scope.sources.items() if set(ids) & set(rel.state.columns))


def _columns(scope: Scope, part: frozenset[str]) -> frozenset[str]:
    return frozenset(id_ for name in part for id_ in scope.sources[name].state.columns)
