"""Cached plans from an earlier run that are still valid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from erd2dbt.cache.digests import content_digest, digest_of, placed_digest
from erd2dbt.cache.pieces import Piece, Pieces
from erd2dbt.design.models import staging
from erd2dbt.design.models.read_tracking import KnownHops, ReadDigests, ReadTracker
from erd2dbt.design.models.stored_plans import Claims, Links, Stored, load, store
from erd2dbt.design.plans.known_relations import KnownRelations
from erd2dbt.design.plans.plan import Plan, Relation
from erd2dbt.diagram.erd import Entity, Erd, ModelSpec
from erd2dbt.diagram.graph import EntityGraph
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.prove.claims import Claim

Make = Callable[[ReadTracker, Collector], Plan | None]
_SOUND = "sound entities"  # the piece with the digests of entities that gave no fault


class KnownPlans:
    """The cached plans of one diagram, and those that the current run adds."""

    def __init__(self, pieces: Pieces, program: str, erd: Erd) -> None:
        """`program`: a digest of the code that makes plans."""
        self.pieces = pieces
        rest = content_digest(replace(erd, entities=(), links=(), models=()))
        self._base = digest_of(program, rest)
        self._own = {model.name: self._digest(model) for model in erd.models}
        self._made: dict[str, tuple[Piece, Stored]] = {}  # made by this run
        self.relations = KnownRelations()

    def _digest(self, model: ModelSpec) -> str:
        return digest_of(self._base, placed_digest(model, model.span.line))

    def begin(
        self,
        graph: EntityGraph,
        staged: Mapping[str, str],
        linked: Mapping[str, Sequence[Claim]],
        claims: Iterable[Claim],
    ) -> None:
        """Set what staging plans depend on, for each entity. `claims`: all claims of the diagram."""
        self._graph = graph
        self._claims = Claims(claims)
        self._attributes = {
            id(column): ("attribute", entity.name, n)
            for entity in graph.entities.values()
            for n, column in enumerate(entity.columns)
        }
        self._digests = ReadDigests(graph, self.relations.digests)
        self._hops: KnownHops = {}
        for name, model in staged.items():
            words = (self._base, model, self._digests(("entity", name)), content_digest(tuple(linked[name])))
            columns = tuple(column.name for column in graph.entities[name].columns)
            self.relations.note(name, digest_of(*words), columns)

    def staged(
        self,
        entities: Iterable[Entity],
        named: Mapping[str, str],
        linked: Mapping[str, Sequence[Claim]],
        faults: Collector,
    ) -> Iterator[Plan]:
        """The staging plans. Of an entity that gave no fault before, most of the plan is made when it is read."""
        piece = self.pieces.get(_SOUND)
        before = piece.head if piece is not None and isinstance(piece.head, dict) else {}
        sound: dict[str, str] = {}
        for entity in entities:
            name, found = entity.name, len(faults.found)
            digest = self.relations.digests[name]
            make = staging.plan_later if before.get(name) == digest else staging.plan
            yield make(entity, named[name], linked[name], faults)
            if len(faults.found) == found:
                sound[name] = digest
        self.pieces.put(_SOUND, Piece(sound, b""))

    def has(self, model: ModelSpec) -> bool:
        """Whether a plan of the model is stored, valid or not."""
        return self.pieces.has(f"plan {model.name}")

    def reads(self, model: ModelSpec) -> tuple[str, ...] | None:
        """The inputs of the model, where its spec is unchanged; None otherwise."""
        piece = self.pieces.get(f"reads {model.name}")
        if piece is None or not isinstance(piece.head, list) or piece.head[:1] != [self._own[model.name]]:
            return None
        return tuple(piece.head[1:])

    def add_reads(self, model: ModelSpec, reads: Iterable[str]) -> None:
        self.pieces.put(f"reads {model.name}", Piece([self._own[model.name], *sorted(reads)], b""))

    def plan(self, model: ModelSpec, shelf: Mapping[str, Relation], faults: Collector, make: Make) -> Plan | None:
        """The stored plan with its faults if it is valid, else a new one from `make`."""
        name = f"plan {model.name}"
        piece = self.pieces.get(name)
        links = Links(model, shelf, self._graph, self._claims, self._attributes)

        def again() -> Plan:
            made = make(ReadTracker(self._graph, shelf, self._hops), Collector())
            assert made is not None, "it was made before, of the same"
            return made

        if piece is not None and self._is_right(model, piece.head):
            found = self._found(name, piece, links, again)
            if found is not None:
                faults.found += found.said
                self._note(model, piece.head, found.columns)
                return found.plan
        self.pieces.drop(name)
        before = len(faults.found)
        tracker = ReadTracker(self._graph, shelf, self._hops)
        made = make(tracker, faults)
        head = [self._own[model.name], [[*key, self._digests(key)] for key in tracker.recorded]]
        self._note(model, head, tuple(made.relation.fields) if made is not None else ())
        said = faults.found[before:]
        if made is not None and not any(one.code.startswith("E") for one in said):
            body = store(made, said, links)
            if body is not None:
                piece = Piece(head, body)
                self._made[name] = piece, Stored(plan=made, said=said, columns=tuple(made.relation.fields))
                self.pieces.put(name, piece)
        return made

    def _found(self, name: str, piece: Piece, links: Links, make: Callable[[], Plan]) -> Stored | None:
        if name in self._made and self._made[name][0] is piece:
            return self._made[name][1]
        return load(piece.body, links, make)

    def _is_right(self, model: ModelSpec, head: Any) -> bool:
        own, recorded = head
        return bool(own == self._own[model.name]) and all(self._digests(tuple(key[:-1])) == key[-1] for key in recorded)

    def _note(self, model: ModelSpec, head: Any, columns: tuple[str, ...]) -> None:
        """Note what others need to know of a relation that depends on it."""
        own, recorded = head
        digest, digests = digest_of(own, *(part for key in recorded for part in key)), self.relations.digests
        looked_at = [tuple(key[1:-1]) for key in recorded if key[0] in ("relation", "entity")]
        is_any = () in looked_at  # it went through all of them
        upstream = digests if is_any else (name for (name,) in looked_at if name in digests)
        self.relations.note(model.name, digest, columns, tuple(dict.fromkeys(upstream)))
