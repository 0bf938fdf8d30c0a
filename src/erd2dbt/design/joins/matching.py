"""The columns on which an input joins the rows: by a chain of links, else `match:`, else names (spec language, 8)."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import replace

from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError
from erd2dbt.design.joins.chains import Chain, by_name, chains, widest_chains, word_of
from erd2dbt.design.joins.comparable_columns import comparable
from erd2dbt.design.joins.draft import Draft, InputMatch, Match
from erd2dbt.design.joins.scope import Scope
from erd2dbt.design.joins.walks import Step, shown_rows, shows_key, steps_of
from erd2dbt.design.plans.plan import Field, Relation
from erd2dbt.sql.expression import column


def match_input(draft: Draft, scope: Scope, via: str | None) -> InputMatch:
    """The columns of the scope's base (or of its many-to-one parents) that equal columns of the model's rows.

    The grain's columns come first. Where no link leads to these, any other column of ungrouped rows is used. The result
    has no matches when nothing matches. Raises AmbiguousError when several columns match.
    """
    said = _declared_matches(draft, scope)
    if said:
        return _completed(draft, scope, said, via)
    grain = draft.grain_beside(scope.base.relation)
    found = chains(draft.world, scope.base.relation, grain, via)
    if not found and draft.whole:
        beyond = _beyond_grain(draft, scope, via)
        if beyond is not None:
            return beyond
    if draft.whole and len(found) == 1 and (near := _at_unique(draft, found[0])) is not None:
        return _met(draft, scope, [near], draft.outer.base.relation.fields)
    if len(found) < 2:
        named = by_name(draft.world, scope.base.relation, grain, found[0] if found else None, via)
        if named is not None and not found:
            _refuse_beside_rows(draft, scope.base.relation, named)
        found = [named] if named is not None else []
    if via is None and len(found) == 1 and not found[0].named:
        _refuse_beside_linked_rows(draft, scope.base.relation, found[0])
    return _met(draft, scope, found, draft.grain)


def _refuse_beside_linked_rows(draft: Draft, base: Relation, taken: Chain) -> None:
    """Raises AmbiguousError where rows that are grouped by a parent's columns have a link to the input of their own.

    The input may belong to the parent that its own link leads to, or to the parent of its row.
    """
    rows = draft.rows[0]
    if draft.whole or len(draft.rows) > 1 or base is rows or taken.row.entity == rows.root:
        return
    over = [
        chain
        for chain in widest_chains(draft.world, base, draft.grain, None)
        if chain.covered == taken.covered and chain.row.steps and chain.row.steps[0].target == rows.root
    ]
    apart = over and taken.row.steps[:1] != over[0].row.steps[:1]
    if apart and not any(chain.places == taken.places for chain in over):
        choices = [taken, over[0]]
        wanted = ", ".join(f"{rows.name}.{name}" for name in sorted(taken.covered))
        problem = AmbiguousError(wanted, [c.text for c in choices], [word_of(c, choices) for c in choices])
        problem.start = base.name
        raise problem


def _refuse_beside_rows(draft: Draft, base: Relation, named: Chain) -> None:
    """Raises AmbiguousError where a grain column is computed by the rows, and links lead from the input to these rows.

    Then the value of the rows may be meant as well as the column of the same name. A reason for W406 decides.
    """
    rows = draft.rows[0]
    computed = [name for name in sorted(named.named) if name in rows.fields and rows.fields[name].origin is None]
    if draft.whole or len(draft.rows) > 1 or base is rows or not computed or "W406" in draft.accepted:
        return
    there = _links_to(draft, base, rows)
    if there:
        owner = named.row.relation.name
        column = f"{owner}.{computed[0]}" if owner == base.name else f"`{owner}.{computed[0]}` by its name"
        raise AmbiguousError(base.name, [column, *(f"`{rows.name}.{computed[0]}` by {text}" for text in there)])


def link_beside(draft: Draft, relation: Relation, found: Collection[Chain]) -> Step | None:
    """A link drawn from an input to the rows, where these look it up over a row that both share; None without one.

    The link that is drawn between the two takes precedence over a common parent, and aggregates take it.
    """
    if any(chain.distance < 2 or chain.plain or chain.named for chain in found):
        return None
    world = draft.world
    own = {row.entity for row in shown_rows(draft.outer.base.relation) if not row.before and shows_key(world, row)}
    near = (step for row in shown_rows(relation) if not row.before for step in steps_of(world, row))
    return next((step for step in near if step.single and step.target in own), None)


def word_along(scope: Scope, target: str, found: Collection[Chain]) -> str | None:
    """The `via:` word by which a lookup takes these chains; None without one."""
    places = [chain.places for chain in found]
    steps = [step for chain in found for step in (*chain.row.steps, *chain.beyond)]
    words = [*(s.role for s in steps if s.role), *(s.target for s in steps if s.target != target)]
    for word in (*words, *(name for s in steps for name in sorted(s.names)), *(".".join(c.words) for c in found)):
        with contextlib.suppress(AmbiguousError, IncomparableError):
            if [chain.places for chain in scope.find(target, word)] == places:
                return word
    return None


def refuse_names_beside_links(draft: Draft, rows: Relation, named: Collection[str]) -> None:
    """Raises AmbiguousError where grouped rows look up an input by names, and links lead from the input to the rows.

    The links may give a row several rows of the input, the names give one. A reason for W406 decides.
    """
    if draft.whole or rows not in draft.rows or "W406" in draft.accepted:
        return
    for name in named:
        there = _links_to(draft, draft.world.shelf[name], rows) if name != rows.name else []
        if there:
            raise AmbiguousError(name, [f"`{name}` by the names of its key", *(f"`{rows.name}` by {w}" for w in there)])


def _links_to(draft: Draft, base: Relation, rows: Relation) -> list[str]:
    """The chains of links from each row of an input to one row of the rows source."""
    try:
        ways = chains(draft.world, base, rows.fields)
    except AmbiguousError as problem:
        return problem.choices
    return [chain.text for chain in ways if rows.state.is_probe(chain.covered) is not None]


def _declared_matches(draft: Draft, scope: Scope) -> tuple[Match, ...]:
    """`match: {input: {grain column: its column}}`. Raises IncomparableError where the types do not compare."""
    fields = scope.base.relation.fields
    pairs = [(g, its) for g, its in draft.said_of(scope.base.relation.name).items() if g in draft.grain]
    for grain, its in pairs:
        if not comparable(fields[its], draft.grain[grain]):
            types = fields[its].type, draft.grain[grain].type
            raise IncomparableError((scope.base.relation.name, its), (f"{draft.spec.name}.{grain}", *types))
    return tuple(Match(draft.grain_column(grain), grain, scope.base, its) for grain, its in pairs)


def _completed(draft: Draft, scope: Scope, said: tuple[Match, ...], via: str | None) -> InputMatch:
    """The columns of `match:`, and the links to the grain columns that it does not list."""
    decided = {match.name for match in said}
    read = {match.name: ((), match.column) for match in said}
    rest = {name: shown for name, shown in draft.grain.items() if name not in decided}
    found = chains(draft.world, scope.base.relation, rest, via) if rest else []
    found = [chain for chain in found if not chain.shares(read)]  # `match:` says what these columns are
    linked = _met(draft, scope, found, rest)
    on = {match.name: match for match in (*said, *linked.on)}
    return InputMatch(scope, tuple(on[name] for name in draft.grain if name in on), links=linked.links, said=True)


def _met(draft: Draft, scope: Scope, found: list[Chain], columns: Mapping[str, Field]) -> InputMatch:
    """The matches of chains that cover different columns, in the order of these."""
    ends = {name: (chain, end) for chain in found for name, end in chain.pairs}
    if len(ends) < sum(len(chain.pairs) for chain in found):
        raise AmbiguousError(scope.base.relation.name, [chain.text for chain in found])
    on = []
    for name in columns:
        if name in ends:
            node = scope.node_at(*ends[name])
            outer = draft.grain_column(name) if name in draft.grain else column(name, draft.outer.base.alias)
            on.append(Match(outer, name, node, ends[name][1].column))
    links = tuple(dict.fromkeys(link for chain in found for link in chain.links))
    own = draft.own_places(scope.base.relation)
    named = tuple(
        match.name for match in on if any(match.name in c.named for c in found) and own.get(match.name) != match.place
    )
    return InputMatch(scope, tuple(on), links=links, named=named, plain=all(chain.plain for chain in found))


def _at_unique(draft: Draft, chain: Chain) -> Chain | None:
    """A chain that arrives at the rows by a unique column which they show, cut there: no lookup is needed.

    None for any other chain.
    """
    steps = chain.row.steps
    if not steps or not steps[-1].unique or any(end.node < len(steps) for _, end in chain.pairs):
        return None
    fields = draft.outer.base.relation.fields
    entity = steps[-1].target
    own = {f.origin.column: name for name, f in fields.items() if f.origin and f.origin.entity == entity and not f.path}
    whole = {word.text for word in draft.world.graph.entities[entity].key} <= own.keys()
    if not whole or any(theirs not in own for _, theirs in steps[-1].pairs):
        return None
    pairs = tuple((own[theirs], chain.row.end(mine, len(steps) - 1)) for mine, theirs in steps[-1].pairs)
    return replace(chain, pairs=pairs)


def _beyond_grain(draft: Draft, scope: Scope, via: str | None) -> InputMatch | None:
    """The match on any column of ungrouped rows, over links that both sides have; None without one."""
    fields = draft.outer.base.relation.fields
    found = chains(draft.world, scope.base.relation, fields, via)
    if len(found) > 1:
        raise AmbiguousError(scope.base.relation.name, [chain.text for chain in found])
    return _met(draft, scope, found, {name: fields[name] for name, _ in found[0].pairs}) if found else None
