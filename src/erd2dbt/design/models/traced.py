"""The world of a plan, with all that the planning of one model looks at written down.

A plan is still right if all that it looked at is as it was: no rule of what a model may read has to be repeated here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping
from typing import Any, cast

from erd2dbt.cache.digests import content_digest, digest_of
from erd2dbt.design.joins.walks import World
from erd2dbt.design.plans.plan import Relation
from erd2dbt.diagram.erd import Erd
from erd2dbt.diagram.graph import EntityGraph, Hop

Look = tuple[str, ...]  # what was looked at: its kind, and which one


class Trace:
    """A world in which looks are counted; `looks` are those at one model's planning."""

    def __init__(self, graph: EntityGraph, shelf: Mapping[str, Relation]) -> None:
        self.looks: dict[Look, None] = {}
        traced = _Graph.__new__(_Graph)
        traced.__dict__.update(trace=self, inner=graph)
        self.world = World(traced, _Mapping(self, "relation", shelf))

    def look(self, *look: str) -> None:
        self.looks[look] = None


class Sight:
    """What a look sees, as a digest: of the graph, and of the relations that are planned so far."""

    def __init__(self, graph: EntityGraph, relations: Mapping[str, str]) -> None:
        """`relations`: name -> a digest of all that the relation follows from."""
        self._graph, self._relations = graph, relations
        self._seen: dict[Look, str] = {}

    def __call__(self, look: Look) -> str:
        if look[0].startswith("relation"):
            return self._of_relations(look)
        if look not in self._seen:
            self._seen[look] = self._of_graph(*look)
        return self._seen[look]

    def _of_relations(self, look: Look) -> str:
        if len(look) == 2:
            return self._relations.get(look[1], "")
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
    """Looks at one of many, or at all of them."""

    def __init__(self, trace: Trace, kind: str, inner: Mapping[str, Any]) -> None:
        self._trace, self._kind, self._inner = trace, kind, inner

    def __getitem__(self, key: str) -> Any:
        self._trace.look(self._kind, key)
        return self._inner[key]

    def __contains__(self, key: object) -> bool:
        self._trace.look(self._kind, str(key))
        return key in self._inner

    def __iter__(self) -> Iterator[str]:
        self._trace.look(self._kind)
        return iter(self._inner)

    def __len__(self) -> int:
        self._trace.look(self._kind)
        return len(self._inner)

    def keys(self) -> KeysView[str]:
        return _Keys(self)


class _Keys(KeysView[str]):
    """`names <= keys` looks at these names alone."""

    def __ge__(self, other: Any) -> bool:
        return all(name in self for name in other)


class _Pairs(Collection[tuple[str, str]]):
    """A set of attributes, of which each is looked at by itself."""

    def __init__(self, trace: Trace, kind: str, inner: frozenset[tuple[str, str]]) -> None:
        self._trace, self._kind, self._inner = trace, kind, inner

    def __contains__(self, pair: object) -> bool:
        entity, column = cast("tuple[str, str]", pair)
        self._trace.look(self._kind, entity, column)
        return pair in self._inner

    def __ge__(self, other: Iterable[tuple[str, str]]) -> bool:
        return all(pair in self for pair in other)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        self._trace.look("entity")
        self._trace.look("diagram", "links")
        return iter(self._inner)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Erd:
    """The diagram's words, each of them looked at as a whole."""

    def __init__(self, trace: Trace, inner: Erd) -> None:
        self._trace, self._inner = trace, inner

    def __getattr__(self, name: str) -> Any:
        self._trace.look("diagram", name)
        return getattr(self._inner, name)


class _Graph(EntityGraph):
    """The graph, looked at; what it works out of itself is looked at on the way, or is a look of its own."""

    trace: Trace
    inner: EntityGraph

    @property
    def erd(self) -> Erd:
        return cast("Erd", _Erd(self.trace, self.inner.erd))

    @property
    def entities(self) -> Mapping[str, Any]:
        return _Mapping(self.trace, "entity", self.inner.entities)

    @property
    def models(self) -> Mapping[str, Any]:
        return _Mapping(self.trace, "model", self.inner.models)

    @property
    def leaving(self) -> Mapping[str, tuple[Hop, ...]]:
        return _Mapping(self.trace, "hops", self.inner.leaving)

    @property
    def nullable(self) -> frozenset[tuple[str, str]]:
        return cast("frozenset[tuple[str, str]]", _Pairs(self.trace, "nullable", self.inner.nullable))

    @property
    def local_keys(self) -> frozenset[tuple[str, str]]:
        return cast("frozenset[tuple[str, str]]", _Pairs(self.trace, "local key", self.inner.local_keys))

    def leads_to_one(self, start: str, end: str) -> bool:
        self.trace.look("leads", start, end)
        return self.inner.leads_to_one(start, end)
