"""The foreign keys from a model's rows to an input: a lookup and an aggregate of the input read the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError
from erd2dbt.design.joins.chains import Chain, widest_chains
from erd2dbt.design.joins.draft import Draft, InputMatch, Match
from erd2dbt.design.joins.matching import word_along
from erd2dbt.design.joins.scope import Scope
from erd2dbt.design.joins.walks import End
from erd2dbt.design.plans.plan import Relation


def nearest(
    draft: Draft,
    base: Relation,
    named: Sequence[str],
    via: str | None,
    *,
    match: Callable[[], InputMatch],
    word: Callable[[InputMatch], str | None],
) -> InputMatch | None:
    """The match of an input, where it takes precedence over foreign keys from the rows; else None.

    `match` and `word`: make the match, and its `via:` word. Raises AmbiguousError where neither takes precedence.
    """
    try:
        met = match()
    except AmbiguousError:
        if _is_only_beside(draft, base, named, via):
            return None
        raise
    if not met.on or is_coarser(draft, met, named, via):
        return None
    refuse_beside_lookup(draft, met, named, via, word)
    return met


def _is_only_beside(draft: Draft, base: Relation, named: Sequence[str], via: str | None) -> bool:
    """Whether foreign keys lead from ungrouped rows to an input, and none from the input to them.

    Then it does not matter that the two share several parents.
    """
    if not draft.whole or base in draft.rows or draft.said_of(base.name):
        return False
    if any(chain.plain for chain in widest_chains(draft.world, base, draft.grain, via)):
        return False
    return bool(_ways(draft.outer, [base.name, *(name for name in named if name != base.name)], via))


def is_coarser(draft: Draft, met: InputMatch, named: Sequence[str], via: str | None) -> bool:
    """Whether foreign keys lead from each row to at most one row of an input, and its match has more rows than this.

    Such a match is over a parent that both share, or by name. The foreign keys take precedence over it, as they do for
    a lookup. Where several chains of them lead there, the word of the column decides. `match:` decides in any case.
    """
    if len(draft.rows) > 1 or met.own or met.said or met.scope.base.relation in draft.rows:
        return False
    if draft.grain.keys() <= {match.name for match in met.on} and not met.named:
        return False  # each row of the input belongs to one row of the model
    if draft.inner is not None:
        return any(_is_part(draft.inner.on, met, way) for way in _ways(draft.inner.scope, _inputs(met, named), via))
    ways = _ways(draft.outer, _inputs(met, named), via)
    return len(ways) > 1 or any(not _pairs(way) <= {*met.pairs} for way in ways)


def _is_part(grain: Sequence[Match], met: InputMatch, way: tuple[Chain, ...]) -> bool:
    """Whether the chains of grouped rows compare all that a match compares, and more."""
    own = {match.name: match.column for match in grain if not match.node.path}
    return {(own.get(name), its) for name, its in met.pairs} < _pairs(way)


def is_looked_up(draft: Draft, met: InputMatch, named: Sequence[str], via: str | None) -> bool:
    """Whether the match of ungrouped rows with an input is that of a lookup: by foreign keys of the rows."""
    ways = _ways(draft.outer, _inputs(met, named), via) if draft.whole else []
    return len(ways) == 1 and _pairs(ways[0]) <= {*met.pairs}


def _inputs(met: InputMatch, named: Sequence[str]) -> list[str]:
    base = met.scope.base.relation.name
    return [base, *(name for name in named if name != base)]


def refuse_beside_lookup(
    draft: Draft, met: InputMatch, named: Sequence[str], via: str | None, word: Callable[[InputMatch], str | None]
) -> None:
    """Raises AmbiguousError where a part of the grain leads to one row of an input, and the input to another part.

    The rows of a line's region are not the store of its order. `word`: the `via:` word for a match.
    """
    is_whole = draft.grain.keys() <= {match.name for match in met.on}
    is_decided = via is not None or met.said or met.named or met.scope.base.relation.name not in named
    if draft.inner is None or met.own or is_decided:
        return
    ways = _ways(draft.outer, _inputs(met, named), None)
    ways = [way for way in ways if (_is_narrower(draft, met, way) if is_whole else not _pairs(way) <= {*met.pairs})]
    if ways:
        base = met.scope.base.relation.name
        texts = [" and ".join(chain.text for chain in way) for way in ways]
        words = [word_along(draft.outer, base, way) for way in ways]
        raise AmbiguousError(base, [*texts, " then ".join(met.links)], [*words, word(met)])


def _is_narrower(draft: Draft, met: InputMatch, way: tuple[Chain, ...]) -> bool:
    """Whether a match compares more than the foreign keys to an input: a column that the rows do not have from there.

    The region of a line is not that of its order. But its customer is, where the line has it from its order.
    """
    compared, met_on = _pairs(way), {*met.pairs}
    if draft.inner is None or not compared < met_on:
        return False
    more = {name for name, its in met.pairs if (name, its) not in compared}
    links = {link for chain in way for link in chain.links}
    return any(match.name in more and not links & {*match.node.path} for match in draft.inner.on)


def leads_over(draft: Draft, name: str, word: str) -> bool:
    """Whether foreign keys lead from each row to at most one row of an input, and pass what a word names.

    Then it names no bridge between the two.
    """
    return len(draft.rows) == 1 and bool(_ways(draft.outer, [name], word))


def _ways(scope: Scope, named: Sequence[str], via: str | None) -> list[tuple[Chain, ...]]:
    """The ways along foreign keys to the first input, from rows with a link to the others; several where none is said.

    Each is the chains to the whole key of the input. A word that selects none of them leaves none. A model of the rows
    themselves is not a parent: no link leads to its row.
    """
    try:
        if not all(_leads(scope, name) for name in named[1:]):
            return []
        found = scope.find(named[0], via)
        return [found] if found and all(chain.plain and chain.links and not chain.named for chain in found) else []
    except AmbiguousError:
        relation = scope.world.shelf[named[0]]
        grain = {name: relation.fields[name] for name in relation.grain}
        widest = widest_chains(scope.world, scope.base.relation, grain, via)
        return [(chain,) for chain in widest if chain.plain and chain.links and chain.covered == grain.keys()]
    except IncomparableError:
        return []


def _leads(scope: Scope, name: str) -> bool:
    try:
        return name == scope.base.relation.name or bool(scope.find(name))
    except AmbiguousError:
        return True


def _pairs(way: tuple[Chain, ...]) -> set[tuple[str | None, str]]:
    """(column of the rows, column of the input). A column of another row has its number in front."""
    return {(_column(end), name) for chain in way for name, end in chain.pairs}


def _column(end: End) -> str:
    return f"{end.node}.{end.column}" if end.node else end.column
