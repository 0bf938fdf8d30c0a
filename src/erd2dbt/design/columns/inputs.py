"""The inputs of one model: the rows that an aggregate reads, and the chain of links by which they join the model."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from functools import partial

from erd2dbt.design.columns.behind_bridges import models_between
from erd2dbt.design.columns.named_inputs import value_of
from erd2dbt.design.joins import fanout_faults as said
from erd2dbt.design.joins import unreached_faults
from erd2dbt.design.joins.bridges import is_apart, is_row_for_pair, is_row_for_row, led_within
from erd2dbt.design.joins.chain_errors import AmbiguousError, IncomparableError
from erd2dbt.design.joins.chains import Chain, chains, word_of
from erd2dbt.design.joins.draft import Draft, InputMatch
from erd2dbt.design.joins.matching import match_input, refuse_names_beside_links
from erd2dbt.design.joins.rows import own_match
from erd2dbt.design.joins.rows_to_input import is_looked_up, leads_over, nearest
from erd2dbt.design.joins.scope import Names, Node, Scope
from erd2dbt.design.joins.walks import End, walk
from erd2dbt.design.joins.ways_between import leads_to_all, ways_between, words_over
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram.erd import ColumnSpec
from erd2dbt.sql.expression import Tree

_APART = "the way there is unique, but not by the key of each step"


class NoInputError(Exception):
    """An aggregate without known rows. `fault`: the reason."""

    def __init__(self, fault: said.Fault) -> None:
        super().__init__(fault[1])
        self.fault = fault


def _by_its_name(met: InputMatch) -> str:
    """A match by name as one of several ways: its column, where that is one of the input itself."""
    its = next((theirs for own, theirs in met.pairs if own in met.named), None)
    if its is None or "." in its:
        return f"`{its or met.scope.base.relation.name}`{said.BY_ITS_NAME}"
    return f"{met.scope.base.relation.name}.{its}"


class Inputs:
    """The inputs of one model, as the column `spec` names them."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.spec: ColumnSpec | None = None
        self.read: frozenset[str] = frozenset()  # the inputs that the column names

    def said_via(self) -> str | None:
        return self.spec.via if self.spec is not None else None

    def via(self, entity: str) -> str | None:
        """The word that selects a chain to an input.

        It is the column's word, else the model's word for it, else the model's word for all inputs, where a chain to
        this one has that name.
        """
        if self.said_via():
            return self.said_via()
        own, general = self.draft.said_via(entity)
        return own or (general if general and self._goes(entity, general) else None)

    def is_led_away(self, rows: Relation) -> bool:
        """Whether the word of the column selects other rows of the entity of the rows, not the way to another input.

        It does so by a self-reference, or round other entities where the column reads no other input.
        """
        word = self.said_via()
        if word is None:
            return False
        grain = {name: rows.fields[name] for name in rows.grain}
        try:
            found = chains(self.draft.world, self.draft.outer.base.relation, grain, word)
        except AmbiguousError:
            return True
        is_self = all(step.own or step.target == chain.row.start for chain in found for step in chain.row.steps)
        return bool(found) and (is_self or self.read <= {rows.name})

    def via_within(self, scope: Scope, entity: str) -> str | None:
        """The word that selects a chain from aggregated rows to one of their parents: as in `via`.

        In ungrouped rows, a word that selects other rows of their entity does nothing else.
        """
        base = scope.base.relation
        if entity == base.name or (self.draft.whole and base in self.draft.rows and self.is_led_away(base)):
            return None
        word = self.via(entity)
        words = [word, *(first for first, _ in words_over(base.name, word))] if word is not None else []
        return next((one for one in words if one is not None and led_within(scope, entity, one)), None)

    def _goes(self, entity: str, word: str) -> bool:
        draft, relation = self.draft, self.draft.world.shelf[entity]
        with contextlib.suppress(AmbiguousError):
            grain = {name: relation.fields[name] for name in relation.grain}
            rows = draft.outer.base.relation
            return bool(
                chains(draft.world, relation, draft.grain_beside(relation), word)
                or chains(draft.world, rows, grain, word)
                or (draft.whole and chains(draft.world, relation, rows.fields, word))
            )
        return True

    def of_bag(self, node: Tree, named: list[str]) -> tuple[InputMatch, str | None]:
        """The input whose rows are aggregated, and the word that selected its chain. Raises NoInputError without one.

        The input reaches all named ones by many-to-one steps, and joins the rows.
        """
        try:
            return self._input(node, named)
        except AmbiguousError:
            bridge = self._bridge_of_word(named)
            if bridge is None:
                raise
            return bridge

    def _input(self, node: Tree, named: list[str]) -> tuple[InputMatch, str | None]:
        draft, world = self.draft, self.draft.world
        if named and (bridge := self._bridge_said(named)):
            return bridge
        guesses: list[tuple[InputMatch, str | None]] = []
        for base in self._bases(node, named):
            if apart := next((name for name in named if is_apart(world, base, name)), None):
                raise NoInputError(said.cross(draft, base, apart, _APART))
            via = self._word_at(base)
            found = self._meets(base, named, via)
            if found and not draft.grain.keys() & {match.name for match in found.on}:
                return self._nearer(named, found, via) or (found, via)
            if found and self._is_guess(base, named):
                guesses.append((found, via))
            elif found:
                self._refuse_beside_bridge(named, found, via)
                bridge = self._drawn_bridge(named, found) if found.named else None
                return bridge or (found, via)
        if guesses:
            return self._drawn_bridge(named, guesses[0][0]) or self._guessed(guesses, named)
        is_open = bool(named) and not draft.said_of(named[0])  # `match:` takes precedence
        bridge = self._only_bridge(named) if is_open else None
        if bridge:
            return bridge
        over = ways_between(draft, named) if is_open else []
        inputs = [world.shelf[name] for name in named]
        scopes = (Scope(world, Node(base.name, base), Names()) for base in inputs)
        whole = next((scope.base.relation for scope in scopes if self._reaches(scope, named)), None)
        guilty = [whole] if whole is not None else inputs
        above = self._above(guilty[0]) if not over and len(guilty) == 1 else None
        told = self._between(node, *above) if above else []
        ways = [(way.entity, word) for way in over for word in way.words]
        via = self.via(guilty[0].name) if guilty else None
        raise NoInputError(unreached_faults.aggregate_without_input(draft, self.spec, guilty, ways, told, via=via))

    def _word_at(self, base: Relation) -> str | None:
        """The word that selects the chain of aggregated rows. One that selects these rows selects none of their links.

        It may begin with the source of a union.
        """
        via = self.via(base.name)
        if via is not None and len(self.draft.rows) > 1 and base in self.draft.rows:
            via = via.removeprefix(f"{base.name}.")
        return None if via == base.name else via

    def _bases(self, node: Tree, named: list[str]) -> Iterator[Relation]:
        """The candidates, in order. Of a union's sources that are not named, those that reach the named inputs."""
        candidates, rows = self._candidates(node, named), self.draft.rows
        sources = [base for base in candidates if len(rows) > 1 and base in rows and base.name not in named]
        yield from (base for base in candidates if base not in sources)
        if named:
            yield from self._sources(sources, named)

    def _sources(self, sources: list[Relation], named: list[str]) -> list[Relation]:
        """The source that links lead from to all named inputs, else those that names lead from.

        Raises AmbiguousError where links lead from several, or by several chains: no source precedes another.
        """
        via, found, problems = self.via(named[0]) or "", list[Relation](), dict[str, Exception]()
        said_sources = [base for base in sources if f"{via}.".startswith(f"{base.name}.")]
        for base in sorted(said_sources or sources, key=lambda one: one.name):
            try:
                found += [base] if self._meets(base, named, self._word_at(base)) else []
            except (AmbiguousError, IncomparableError) as problem:
                problems[base.name] = problem
        linked = [base for base in found if not self._is_guess(base, named)]
        several = {name: problem for name, problem in problems.items() if isinstance(problem, AmbiguousError)}
        if len(linked) + len(several) > 1:
            raise self._several_sources(linked, named, several)
        if problems and not linked:
            raise next(iter((several or problems).values()))
        return linked or found

    def _guessed(self, guesses: list[tuple[InputMatch, str | None]], named: list[str]) -> tuple[InputMatch, str | None]:
        """The first input that reaches others by names. Raises AmbiguousError for several sources of a union."""
        bases = [met.scope.base.relation for met, _ in guesses]
        if len(bases) > 1 and bases[0].name not in named:
            raise self._several_sources(bases, named)
        refuse_names_beside_links(self.draft, bases[0], named)
        return guesses[0]

    def _several_sources(
        self, sources: list[Relation], named: list[str], problems: Mapping[str, AmbiguousError] | None = None
    ) -> AmbiguousError:
        """The error of several sources of a union, with the way or ways of each."""
        ways: list[tuple[str, str, str | None]] = []
        for base in sources:
            scope = Scope(self.draft.world, Node(base.name, base), Names())
            chain = scope.find_by(named[0], [self.via_within(scope, named[0])])
            text = " and ".join(filter(None, (one.text for one in chain)))
            ways.append((base.name, text or f"over `{base.name}`", base.name))
        for name, problem in (problems or {}).items():
            each = [f"{name}.{word}" if word else None for word in problem.each]
            ways += [(name, text, word) for text, word in zip(problem.choices, each, strict=False)]
        ways.sort(key=lambda way: way[0])
        texts = [text for _, text, _ in ways]
        if len({*texts}) < len(texts):
            texts = [f"{text} from `{name}`" for name, text, _ in ways]
        error = AmbiguousError(named[0], texts, [word for *_, word in ways])
        error.start = self.draft.spec.name
        return error

    def _above(self, relation: Relation) -> tuple[Relation, Relation, str] | None:
        """An input, the nearest of its parents that another entity connects with the rows, and this entity.

        The rows of the input have no row of their own there, so the parent has to aggregate them first.
        """
        world = self.draft.world
        for row in walk(world, relation):
            parent = world.shelf[row.entity] if row.steps and not row.down else relation
            if parent is not relation and (ways := ways_between(self.draft, [row.entity])):
                return relation, parent, ways[0].entity
        return None

    def _between(self, node: Tree, relation: Relation, parent: Relation, bridge: str) -> list[str]:
        """Fixes with a model per parent of an input, where a bridge joins the parent with the rows."""
        if self.spec is None or relation.name not in self.draft.world.graph.entities:
            return [unreached_faults.over_a_parent(relation, parent, bridge)]
        return [*models_between(self.draft, self.spec, node, parent.name, bridge)]

    def _is_guess(self, base: Relation, named: list[str]) -> bool:
        """Whether an input reaches another named one by equal column names only, without a link."""
        scope = Scope(self.draft.world, Node(base.name, base), Names())
        ways = (scope.find_by(name, [self.via_within(scope, name)]) for name in named if name != base.name)
        return any(chain.named for way in ways for chain in way)

    def _drawn_bridge(self, named: list[str], met: InputMatch) -> tuple[InputMatch, str | None] | None:
        """The only bridge whose links lead to the named inputs, with one row for each pair. `met`: the match by name.

        It takes precedence over a match by name, and `match:` takes precedence over it. Raises AmbiguousError where
        only a `match:` of the bridge leads to it, where it has several rows for a pair, or where there are two. A
        reason for W406 decides for the name.
        """
        draft = self.draft
        if draft.said_of(named[0]):
            return None
        name = _by_its_name(met)
        try:
            bridge = self._only_bridge(named)
        except AmbiguousError as problem:
            if "W406" in draft.accepted:
                return None
            raise AmbiguousError(named[0], [name, *problem.choices], problem.words) from None
        if bridge is None:
            return None
        entity = bridge[0].scope.base.relation.name
        is_for_pair = is_row_for_pair(draft.grain, bridge[0], named[0])
        if is_for_pair and (not bridge[0].said or entity == self.via(named[0])):
            return bridge
        if bridge[0].said and is_for_pair:
            raise AmbiguousError(named[0], [name, f"`{entity}` by `match:`"], [entity])
        is_whole = draft.grain.keys() <= {match.name for match in bridge[0].on} and bridge[0].plain
        if not is_whole or bridge[0].said or "W406" in draft.accepted:
            return None
        raise AmbiguousError(named[0], [name, f"over `{entity}`"], [entity])

    def _bridge_said(self, named: list[str]) -> tuple[InputMatch, str | None] | None:
        """The bridge that `via:` names, where no chain from the input itself goes over it.

        Raises AmbiguousError where the bridge itself has several ways.
        """
        word, draft = self.via(named[0]), self.draft
        is_other = word is not None and word != named[0] and word in draft.world.graph.entities
        if word is None or not is_other or leads_over(draft, named[0], word):
            return None
        try:
            own = chains(draft.world, draft.world.shelf[named[0]], draft.grain, word)
        except (AmbiguousError, IncomparableError):
            return None
        try:
            return self._bridged(word, [name for name in named if name != word], far=True) if not own else None
        except IncomparableError:
            return None
        except AmbiguousError as problem:  # the rows may have a role of the same name
            taken = [each for each in problem.words if leads_over(draft, named[0], each)]
            problem.say([f"{word}.{each}" if each in taken else each for each in problem.each])
            raise

    def _bridge_of_word(self, named: list[str]) -> tuple[InputMatch, str | None] | None:
        """The bridge that the word of the column selects, where it selects none of the ways without a bridge."""
        word, draft = self.said_via(), self.draft
        if not named or word is None or not draft.whole or leads_over(draft, named[0], word):
            return None
        with contextlib.suppress(AmbiguousError, IncomparableError):
            own = chains(draft.world, draft.world.shelf[named[0]], draft.grain, word)
            return self._only_bridge(named) if not own else None
        return None

    def _refuse_beside_bridge(self, named: list[str], met: InputMatch, via: str | None) -> None:
        """Raises AmbiguousError where an input and the rows share a parent, and a bridge has a row for each pair.

        A course belongs to a pupil who is the person that teaches it, or to each pupil who takes it.
        """
        is_own = met.plain and bool(self.draft.grain.keys() & {match.name for match in met.on})
        if via is not None or is_own or met.named or met.said or self.draft.said_of(named[0]):
            return
        bridges = []
        with contextlib.suppress(AmbiguousError, IncomparableError):
            entities = self.draft.world.graph.entities.keys()
            others = [name for name in named[1:] if name in entities]
            own = [self._bridged(name, [n for n in named if n != name], far=True) for name in others]
            bridges = [bridge for bridge in (*own, self._bridge(named)) if bridge is not None]
        for bridge, _ in bridges:
            if is_row_for_pair(self.draft.grain, bridge, named[0]):
                entity = bridge.scope.base.relation.name
                choices = [" then ".join(met.links), f"`{entity}` between the two"]
                raise AmbiguousError(named[0], choices, [self.word_of_match(met), entity])

    def word_of_match(self, met: InputMatch) -> str | None:
        """The `via:` word that selects the chain of an input."""
        columns = self.draft.outer.base.relation.fields if self.draft.whole else self.draft.grain
        wanted = {match.outer.name: columns.get(match.outer.name) for match in met.on}
        like = {name: shown for name, shown in (wanted | self.draft.grain).items() if shown is not None}
        found = chains(self.draft.world, met.scope.base.relation, like)
        return word_of(found[0], found) if len(found) == 1 else None

    def _candidates(self, node: Tree, named: list[str]) -> list[Relation]:
        """The relations that may be aggregated, in order: the named ones, then the rows.

        An aggregate whose value names nothing, such as `count(*)`, reads the model's rows where these reach all inputs
        that its filter names.
        """
        rows, shelf = self.draft.rows, self.draft.world.shelf
        inputs = [shelf[name] for name in named]
        if not value_of(node):
            counted = [r for r in rows if self._reaches(Scope(self.draft.world, Node(r.name, r), Names()), named)]
            said_rows = [r for r in counted if r in inputs]
            if len(rows) > 1 and len(said_rows) != 1 and (counted or not named):
                raise NoInputError(said.whose_rows(self.draft, self.spec, node))
            inputs = [*(said_rows if len(rows) > 1 else counted), *inputs]
        return [shelf[name] for name in dict.fromkeys(r.name for r in (*inputs, *rows))]

    def _reaches(self, scope: Scope, named: list[str]) -> bool:
        base = scope.base.relation.name
        return all(scope.find_by(name, [self.via_within(scope, name)]) for name in named if name != base)

    def _meets(self, base: Relation, named: list[str], via: str | None) -> InputMatch | None:
        scope = Scope(self.draft.world, Node(base.name, base), Names())
        try:
            if not self._reaches(scope, named):
                return None
        except AmbiguousError as problem:
            problem.source = problem.source if base not in self.draft.rows else None
            raise
        parents = [self.via_within(scope, name) for name in named if name != base.name]
        is_used = base in self.draft.rows and via is not None and via in parents
        used = None if is_used else via
        match = partial(self.match, base, used)
        return nearest(self.draft, base, named, via, match=match, word=self.word_of_match)

    def _only_bridge(self, named: list[str]) -> tuple[InputMatch, str | None] | None:
        """The bridge, as in `_bridge`. Raises AmbiguousError where there is another way between, of whatever length.

        Where all ways are of several links, none is taken, and `via:` has to name one.
        """
        bridge = self._bridge(named)
        entity = bridge[0].scope.base.relation.name if bridge is not None else None
        if self.via(named[0]) is not None or (entity and self._is_row_for_row(entity, named[0])):
            return bridge
        ways = ways_between(self.draft, named)
        others = [way for way in ways if way.entity != entity]
        if bridge is not None and others and len(ways) > len(others):
            choices = [choice for way in ways for choice in way.choices]
            raise AmbiguousError(named[0], choices, [word for way in ways for word in way.words])
        return bridge

    def _bridge(self, named: list[str], *, alone: bool = False) -> tuple[InputMatch, str | None] | None:
        """A third relation with many-to-one chains to all named ones, such as a many-to-many bridge; None without one.

        `alone`: only one whose rows are the rows of the first.
        """
        found = self._bridges(named)
        if alone:
            found = {entity: bridge for entity, bridge in found.items() if self._is_nearer(entity, bridge[0])}
        if len(found) > 1 and self.via(named[0]) is not None:  # a word of a bridge also selects what goes over it
            nearest = {way.entity for way in ways_between(self.draft, named)} & found.keys()
            found = {entity: found[entity] for entity in sorted(nearest or found)}
        own = [entity for entity in found if self._is_row_for_row(entity, named[0])]
        root = self.draft.world.shelf[named[0]].root
        own = [root] if root in own else own  # its extension has the same key
        if alone:
            found = {entity: found[entity] for entity in own}
        chosen = found.get(self.via(named[0]) or "")
        if chosen is None and len(found) > 1 and len(own) != 1:
            raise self._several(named, sorted(found))
        return chosen or next((found[entity] for entity in own or found), None)

    def _is_row_for_row(self, entity: str, name: str) -> bool:
        scope = Scope(self.draft.world, Node(entity, self.draft.world.shelf[entity]), Names())
        return is_row_for_row(self.draft.world, entity, name, self.via_within(scope, name))

    def _several(self, named: list[str], bridges: list[str]) -> AmbiguousError:
        """The error of several bridges, with every way between that the word of the column leaves open."""
        word, ways = self.via(named[0]), ways_between(self.draft, named)
        pairs = [(text, its) for way in ways for text, its in zip(way.choices, way.words, strict=True)]
        pairs = [(text, its) for text, its in pairs if word is None or word in its.split(".")]
        if len(pairs) < 2 or {way.entity for way in ways}.isdisjoint(bridges):
            pairs = [(f"over `{entity}`", entity) for entity in bridges]
        return AmbiguousError(named[0], [text for text, _ in pairs], [its for _, its in pairs])

    def _nearer(self, named: list[str], met: InputMatch, via: str | None) -> tuple[InputMatch, str | None] | None:
        """A bridge with the rows of an input, whose own link takes precedence over a parent that the input shares."""
        if via is not None and is_looked_up(self.draft, met, named, via):
            return None
        nearer = self._bridge(named, alone=True)
        if nearer is None:
            self._refuse_beside_bridge(named, met, via)
        return nearer

    def _is_nearer(self, entity: str, met: InputMatch) -> bool:
        """Whether another relation joins on the grain itself, not on a parent of the rows."""
        own = all(rows.name != entity for rows in self.draft.rows)
        return own and bool(self.draft.grain.keys() & {match.name for match in met.on})

    def _bridges(self, named: list[str], *, far: bool = False) -> dict[str, tuple[InputMatch, str | None]]:
        """Each entity with a single path to all named ones. `far`: of any number of links."""
        found: dict[str, tuple[InputMatch, str | None]] = {}
        for entity in sorted(self.draft.world.graph.entities.keys() - set(named)):
            with contextlib.suppress(AmbiguousError, IncomparableError):  # two paths are ambiguous to a reader
                met = self._bridged(entity, named, far=far or entity == self.via(named[0]))
                if met:
                    found[entity] = met
        return found

    def _bridged(self, entity: str, named: list[str], *, far: bool) -> tuple[InputMatch, str | None] | None:
        """A bridge, with the word for its chain to the rows. Raises AmbiguousError where it has several ways."""
        said = self.via(entity)
        if said is None:
            return self._bridged_by(entity, named, None, None, far=far)
        problem: AmbiguousError | None = None
        for to_input, to_rows in words_over(entity, said):
            try:
                if found := self._bridged_by(entity, named, to_input, to_rows, far=True):
                    return found
            except AmbiguousError as several:
                problem = problem or several
        if problem is not None:
            raise problem
        return None

    def _bridged_by(
        self, entity: str, named: list[str], to_input: str | None, to_rows: str | None, *, far: bool
    ) -> tuple[InputMatch, str | None] | None:
        scope = Scope(self.draft.world, Node(entity, self.draft.world.shelf[entity]), Names())
        ways = [scope.find(named[0], to_input), *(scope.find_by(name, [to_input]) for name in named[1:])]
        if not all(ways) or any(chain.named or (chain.length > 1 and not far) for chain in ways[0]):
            return None
        met = self.match(scope.base.relation, to_rows)
        is_over = all(len(met.links) > len(c.links) and met.links[: len(c.links)] == c.links for c in ways[0])
        if not met.on or met.named or (is_over and leads_to_all(self.draft.world, named)):
            return None
        return met, to_rows

    def match(self, base: Relation, via: str | None) -> InputMatch:
        """The match of an input with the rows; of the rows with themselves when they are that input."""
        draft = self.draft
        own = own_match(draft, base)
        said = via in (None, draft.rows_via.get(base.name))
        if own is not None and (said or self._is_way_of_rows(own, via)) and not draft.said_of(base.name):
            return self._known(own) if draft.whole else own
        scope = Scope(draft.world, Node(draft.names.peek(base.name), base), draft.names)
        return self._known(match_input(draft, scope, via))

    def _is_way_of_rows(self, own: InputMatch, via: str | None) -> bool:
        """Whether a word selects only columns of the rows that are their grain in any case."""
        base, found = own.scope.base, list[Chain]()
        with contextlib.suppress(AmbiguousError, IncomparableError):
            grain = self.draft.grain_beside(base.relation)
            found = chains(self.draft.world, base.relation, grain, via) if not self.draft.whole else []
        mine = {(match.name, End(0, match.column)) for match in own.on if match.node is base}
        return bool(found) and all(pair in mine for chain in found for pair in chain.pairs)

    def _known(self, met: InputMatch) -> InputMatch:
        """The same match in the scope of an existing reduction."""
        for known in self.draft.reductions:
            if known.met is not None and known.met.is_like(met):
                return known.met
        return met
