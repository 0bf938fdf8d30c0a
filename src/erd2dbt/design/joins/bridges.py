"""How the rows of two relations correspond, where an aggregate reads both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlglot import exp

from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError
from erd2dbt.design.joins.chains import chains, widest_chains
from erd2dbt.design.joins.draft import InputMatch
from erd2dbt.design.joins.presence import gap_before, is_looked_up_from, looked_up_by
from erd2dbt.design.joins.scope import Names, Node, Scope
from erd2dbt.design.joins.walks import World, steps
from erd2dbt.design.plans.plan import Relation
from erd2dbt.prove.measure import Aggregate
from erd2dbt.sql.expression import PICKS, Tree, column
from erd2dbt.sql.three_valued import STRICT
from erd2dbt.sql.trees import columns_in
from erd2dbt.sqlproof.measuring import aggregate_of, argument_of, call_of


def is_apart(world: World, base: Relation, name: str) -> bool:
    """Whether links, but not keys, lead from each row of `base` to at most one of `name`.

    Its rows may be other rows.
    """
    relation = world.shelf[name]
    if base is relation or not {base.name, name} <= world.graph.entities.keys():
        return False
    if not world.graph.leads_to_one(base.name, name):
        return False
    try:
        return not Scope(world, Node(base.name, base), Names()).find(name)
    except (AmbiguousError, IncomparableError):  # several ways by keys: `via:` decides between them
        return False


def with_partners(scope: Scope, named: Mapping[str, str | None], aggregate: Tree) -> Tree:
    """The aggregate over only those rows of a bridge that have a row of each named relation.

    The bridge may also lead to rows that a model excludes, and `coalesce(x, 0)` would count each of these. Where the
    rows of the bridge are the rows of one named relation, the others are looked up from it and may be NULL. So may one
    that is looked up from another named relation, or by the columns by which one that is named before it is. `named`:
    each relation with the `via:` word that selects the chain to it.
    """
    base = scope.base.relation.name
    own = [name for name, via in named.items() if is_row_for_row(scope.world, base, name, via)]
    needed = own or list(named)
    argument = argument_of(aggregate)
    call = call_of(aggregate)
    shows_null = isinstance(call, PICKS) or aggregate_of(call) is Aggregate.LIST
    read = {reference.table for reference in columns_in(aggregate)}
    nodes = [node for node in scope.nodes.values() if node.relation.name in needed]
    used = {node.relation.name for node in nodes if node.alias in read}  # another column may read it in another role
    conditions = [
        exp.Is(this=column(node.relation.grain[0], node.alias), expression=exp.null(), negate=True)
        for node in nodes
        if (node.alias in read or node.relation.name not in used)
        and not _may_be_missing(scope, node, needed)
        and (shows_null or argument is None or not _needs(argument, node.alias))
        and gap_before(scope, node) is not None
    ]
    if not conditions:
        return aggregate
    said = [aggregate.expression.this] if isinstance(aggregate, exp.Filter) else []
    inner = aggregate.this if isinstance(aggregate, exp.Filter) else aggregate
    return exp.Filter(this=inner, expression=exp.Where(this=exp.and_(*said, *conditions)))


def _may_be_missing(scope: Scope, node: Node, named: Sequence[str]) -> bool:
    """Whether a named node is looked up from the rows of another named one."""
    others = [other for other in scope.nodes.values() if other is not node and other.relation.name in named]
    if any(is_looked_up_from(scope, node, other) for other in others):
        return True
    place, mine = named.index(node.relation.name), looked_up_by(scope, node)
    return any(looked_up_by(scope, other) <= mine for other in others if named.index(other.relation.name) < place)


def _needs(tree: Tree, alias: str) -> bool:
    """Whether an expression is NULL where a lookup matches nothing."""
    if isinstance(tree, exp.Column):
        return tree.table == alias
    return isinstance(tree, STRICT) and any(_needs(child, alias) for child in tree.iter_expressions())


def is_row_for_row(world: World, entity: str, other: str, via: str | None = None) -> bool:
    """Whether a row of `other` has at most one row of the entity, so that the entity does not repeat it.

    A model repeats rows that its own entity repeats. `via`: the word that selects the chain to `other`.
    """
    relation = world.shelf[entity]
    found = Scope(world, Node(entity, relation), Names()).find_by(other, [via])
    columns = [end.column for chain in found for _, end in chain.pairs if not end.node]
    return relation.state.is_probe(columns) is not None


def is_row_for_pair(grain: Collection[str], met: InputMatch, entity: str) -> bool:
    """Whether a bridge has several rows for each row of the model, and one for each pair of it and the entity."""
    base = met.scope.base
    ends = {end.column for chain in met.scope.find(entity) for _, end in chain.pairs if not end.node}
    own = {match.column for match in met.on if match.node is base}
    whole = {*grain} <= {match.name for match in met.on}
    return whole and own < {*base.relation.grain} <= ends | own


def led_within(scope: Scope, entity: str, word: str) -> bool:
    """Whether a word selects chains from aggregated rows to one of their parents.

    Where their own links lead there, it selects no longer ones. Raises AmbiguousError where it leaves several.
    """
    base, relation = scope.base.relation, scope.world.shelf[entity]
    grain = {name: relation.fields[name] for name in relation.grain}
    is_near = any(step.single and step.target == entity for step in steps(scope.world, base))
    if is_near and all(chain.distance > 1 for chain in widest_chains(scope.world, base, grain, word)):
        return False
    return bool(chains(scope.world, base, grain, word))
