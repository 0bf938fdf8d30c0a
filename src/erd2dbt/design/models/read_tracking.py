"""Records which parts of a diagram and of earlier plans the planning of one model reads.

A cached plan is valid while everything that it read is unchanged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping
from dataclasses import dataclass
from typing import Any, cast

from erd2dbt.cache.digests import content_digest, digest_of
from erd2dbt.design.joins.walks import Drawn, World
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram.erd import Erd
from erd2dbt.diagram.graph import EntityGraph, Hop

ReadKey = tuple[str, ...]  # a read: its kind, and its name


KnownHops = dict[str, tuple[list[Drawn], tuple[ReadKey, ...]]]  # by entity, with the reads that led to them


class ReadTracker:
    """A world that records its reads. `recorded`: the reads of one model's planning."""

    def __init__(self, graph: EntityGraph, shelf: Mapping[str, Relation], hops: KnownHops) -> None:
        """`hops`: those that other models of the diagram found, to which new ones are added."""
        self.recorded: dict[ReadKey, None] = {}
        traced = _Graph.__new__(_Graph)
        traced.__dict__.update(tracker=self, inner=graph)
        self.world: World = _World(traced, _Mapping(self, "relation", shelf), tracker=self, known=hops)

    def record(self, *key: str) -> None:
        self.recorded[key] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _World(World):
    """A world whose hops are found once for all models. Each model that uses them records what they depend on."""

    tracker: ReadTracker
    known: KnownHops

    def hops(self, entity: str) -> list[Drawn]:
        if entity not in self.known:
            apart, self.tracker.recorded = self.tracker.recorded, {}
            found = World.hops(self, entity)
            self.known[entity] = found, tuple(self.tracker.recorded)
            self.tracker.recorded = apart
        found, reads = self.known[entity]
        self.tracker.recorded |= dict.fromkeys(reads)
        return found


class ReadDigests:
    """Read key -> a digest of the value: of the graph, or of the relations that are planned so far."""

    def __init__(self, graph: EntityGraph, relations: Mapping[str, str]) -> None:
        """`relations`: name -> a digest of everything that the relation depends on."""
        self._graph, self._relations = graph, relations
        self._seen: dict[ReadKey, str] = {}

    def __call__(self, key: ReadKey) -> str:
        if key[0].startswith("relation"):
            return self._of_relations(key)
        if key not in self._seen:
            self._seen[key] = self._of_graph(*key)
        return self._seen[key]

    def _of_relations(self, key: ReadKey) -> str:
        if len(key) == 2:
            return self._relations.get(key[1], "")
        return digest_of(*(part for pair in self._relations.items() for part in pair))

    def _of_graph(self, kind: str, *which: str) -> str:
        graph = self._graph
        match kind:
            case "entity":
                return content_digest(graph.entities.get(which[0]) if which else dict(graph.entities))
            case "model":
                return content_digest(graph.models.get(which[0]) if which else dict(graph.models))
            case "hops":
                return content_digest(tuple(graph.hops(which[0])) if which else dict(graph.leaving))
            case "nullable":
                return str(which in graph.nullable)
            case "local key":
                return str(which in graph.local_keys)
            case "leads":
                return str(graph.leads_to_one(*which))
            case "diagram":
                return content_digest(getattr(graph.erd, which[0]))
        raise AssertionError(kind)


class _Mapping(Mapping[str, Any]):
    """A mapping that records reads of one entry, or of all."""

    def __init__(self, tracker: ReadTracker, kind: str, inner: Mapping[str, Any]) -> None:
        self._tracker, self._kind, self._inner = tracker, kind, inner

    def __getitem__(self, key: str) -> Any:
        self._tracker.record(self._kind, key)
        return self._inner[key]

    def __contains__(self, key: object) -> bool:
        self._tracker.record(self._kind, str(key))
        return key in self._inner

    def __iter__(self) -> Iterator[str]:
        self._tracker.record(self._kind)
        return iter(self._inner)

    def __len__(self) -> int:
        self._tracker.record(self._kind)
        return len(self._inner)

    def keys(self) -> KeysView[str]:
        return _Keys(self)


class _Keys(KeysView[str]):
    """`names <= keys` reads only these names."""

    def __ge__(self, other: Any) -> bool:
        return all(name in self for name in other)


class _Pairs(Collection[tuple[str, str]]):
    """A set of attributes that records each membership test."""

    def __init__(self, tracker: ReadTracker, kind: str, inner: frozenset[tuple[str, str]]) -> None:
        self._tracker, self._kind, self._inner = tracker, kind, inner

    def __contains__(self, pair: object) -> bool:
        entity, column = cast("tuple[str, str]", pair)
        self._tracker.record(self._kind, entity, column)
        return pair in self._inner

    def __ge__(self, other: Iterable[tuple[str, str]]) -> bool:
        return all(pair in self for pair in other)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        self._tracker.record("entity")
        self._tracker.record("diagram", "links")
        return iter(self._inner)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Erd:
    """The diagram. Each of its fields is recorded as a whole."""

    def __init__(self, tracker: ReadTracker, inner: Erd) -> None:
        self._tracker, self._inner = tracker, inner

    def __getattr__(self, name: str) -> Any:
        self._tracker.record("diagram", name)
        return getattr(self._inner, name)


class _Graph(EntityGraph):
    """A graph that records its reads. A derived value is recorded by its inputs, or under its own key."""

    tracker: ReadTracker
    inner: EntityGraph

    @property
    def erd(self) -> Erd:
        return cast("Erd", _Erd(self.tracker, self.inner.erd))

    @property
    def entities(self) -> Mapping[str, Any]:
        return _Mapping(self.tracker, "entity", self.inner.entities)

    @property
    def models(self) -> Mapping[str, Any]:
        return _Mapping(self.tracker, "model", self.inner.models)

    @property
    def leaving(self) -> Mapping[str, tuple[Hop, ...]]:
        return _Mapping(self.tracker, "hops", self.inner.leaving)

    @property
    def nullable(self) -> frozenset[tuple[str, str]]:
        return cast("frozenset[tuple[str, str]]", _Pairs(self.tracker, "nullable", self.inner.nullable))

    @property
    def local_keys(self) -> frozenset[tuple[str, str]]:
        return cast("frozenset[tuple[str, str]]", _Pairs(self.tracker, "local key", self.inner.local_keys))

    def leads_to_one(self, start: str, end: str) -> bool:
        self.tracker.record("leads", start, end)
        return self.inner.leads_to_one(start, end)
