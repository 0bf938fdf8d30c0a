"""Cached plans from an earlier run that are still valid.

A plan is stored without the parts that the diagram has: entities, relations, claims and places. They are looked up in
the current diagram. A plan with a part that cannot be looked up is not stored.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cached_property
from typing import Any

from erd2dbt.cache.dataclass_values import rebuilt, values_of
from erd2dbt.cache.digests import content_digest, digest_of, placed_digest
from erd2dbt.cache.pieces import Piece, Pieces
from erd2dbt.design.models.read_tracking import KnownHops, ReadDigests, ReadTracker
from erd2dbt.design.plans.plan import Plan, Relation
from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, Erd, ModelSpec
from erd2dbt.diagram.graph import EntityGraph
from erd2dbt.faults.diagnostics import Collector, Diagnostic, Span
from erd2dbt.prove.claims import Claim

Make = Callable[[ReadTracker], Plan | None]


class KnownPlans:
    """The cached plans of one diagram, and those that the current run adds."""

    def __init__(self, pieces: Pieces, program: str, erd: Erd) -> None:
        """`program`: a digest of the code that makes plans."""
        self.pieces = pieces
        rest = content_digest(replace(erd, entities=(), links=(), models=()))
        self._base = digest_of(program, rest)
        self._own = {model.name: self._digest(model) for model in erd.models}
        self._made: dict[str, tuple[Piece, Plan, list[Diagnostic]]] = {}  # made by this run
        self.relations: dict[str, str] = {}  # name -> a digest of everything that the relation depends on

    def _digest(self, model: ModelSpec) -> str:
        return digest_of(self._base, placed_digest(model, model.span.line))

    def begin(
        self,
        graph: EntityGraph,
        staged: Mapping[str, str],
        linked: Mapping[str, Iterable[Claim]],
        claims: Iterable[Claim],
    ) -> None:
        """Set what staging plans depend on, for each entity. `claims`: all claims of the diagram."""
        self._graph = graph
        self._claims = _Claims(claims)
        self._attributes = {
            id(column): ("attribute", entity.name, n)
            for entity in graph.entities.values()
            for n, column in enumerate(entity.columns)
        }
        self._digests = ReadDigests(graph, self.relations)
        self._hops: KnownHops = {}
        for name, model in staged.items():
            words = (self._base, model, self._digests(("entity", name)), content_digest(tuple(linked[name])))
            self.relations[name] = digest_of(*words)

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
        links = _Links(model, shelf, self._graph, self._claims, self._attributes)
        if piece is not None and self._is_right(model, piece.head):
            found = self._found(name, piece, links)
            if found is not None:
                plan, said = found
                faults.found += said
                self.relations[model.name] = digest_of(*_texts(piece.head))
                return plan
        self.pieces.drop(name)
        before = len(faults.found)
        tracker = ReadTracker(self._graph, shelf, self._hops)
        made = make(tracker)
        head = [self._own[model.name], [[*key, self._digests(key)] for key in tracker.recorded]]
        self.relations[model.name] = digest_of(*_texts(head))
        said = faults.found[before:]
        if made is not None and not any(one.code.startswith("E") for one in said):
            body = _written((made, said), links)
            if body is not None:
                piece = Piece(head, body)
                self._made[name] = piece, made, said
                self.pieces.put(name, piece)
        return made

    def _found(self, name: str, piece: Piece, links: _Links) -> tuple[Plan, list[Diagnostic]] | None:
        if name in self._made and self._made[name][0] is piece:
            return self._made[name][1:]
        return _read(piece.body, links)

    def _is_right(self, model: ModelSpec, head: Any) -> bool:
        own, recorded = head
        return bool(own == self._own[model.name]) and all(self._digests(tuple(key[:-1])) == key[-1] for key in recorded)


def _texts(head: Any) -> Iterator[str]:
    own, recorded = head
    yield own
    for key in recorded:
        yield from key


class _Claims:
    """The claims of the diagram. Equal claims occur at several places and are distinguished by their order."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._found: dict[Claim, list[Claim]] = {}
        for claim in claims:
            self._found.setdefault(claim, []).append(claim)

    def number(self, claim: Claim) -> int | None:
        """The index of a claim among equal ones; None where it is not a claim of the diagram."""
        equal = self._found.get(claim, [])
        return next((n for n, one in enumerate(equal) if one.span == claim.span), None)

    def claim(self, value: Claim, number: int) -> Claim:
        return self._found[value][number]


class _Links:
    """References that replace the parts of the diagram in a stored plan, and their current values.

    LookupError where a part no longer exists.
    """

    def __init__(
        self,
        model: ModelSpec,
        shelf: Mapping[str, Relation],
        graph: EntityGraph,
        claims: _Claims,
        attributes: Mapping[int, tuple[Any, ...]],
    ) -> None:
        """`attributes`: by the identity of each."""
        self._model, self._shelf, self._graph, self._claims, self._attributes = model, shelf, graph, claims, attributes
        self._line, self._file = model.span.line, model.span.file

    @cached_property
    def _spans(self) -> set[Span]:
        return set(_spans(self._model))

    @cached_property
    def _columns(self) -> dict[int, int]:
        return {id(column): n for n, column in enumerate(self._model.columns)}

    def link(self, value: object) -> tuple[Any, ...] | None:
        if isinstance(value, Span):
            if value not in self._spans:
                raise _UnlinkedError
            return "span", value.line - self._line, value.column, value.end
        if isinstance(value, Claim):
            number = self._claims.number(value)
            if number is None:
                return None
            return "claim", *(getattr(value, name) for name in _CLAIM), number
        if isinstance(value, ColumnSpec):
            return ("column", self._columns[id(value)]) if id(value) in self._columns else None
        if isinstance(value, Attribute):
            return self._attributes.get(id(value))
        name: str = getattr(value, "name")  # noqa: B009 - each of these has one
        if isinstance(value, Relation):
            return ("relation", name) if self._shelf.get(name) is value else None
        if isinstance(value, Entity):
            return ("entity", name) if self._graph.entities.get(name) is value else None
        return ("model", name) if self._graph.models.get(name) is value else None

    def value(self, kind: str, *which: Any) -> object:
        if kind == "span":
            line, column, end = which
            return Span(self._file, self._line + line, column, end)
        if kind == "claim":
            *values, number = which
            return self._claims.claim(Claim(**dict(zip(_CLAIM, values, strict=True))), number)
        if kind == "column":
            return self._model.columns[which[0]]
        if kind == "attribute":
            return self._graph.entities[which[0]].columns[which[1]]
        found: Mapping[str, Any] = {
            "relation": self._shelf,
            "entity": self._graph.entities,
            "model": self._graph.models,
        }[kind]
        return found[which[0]]


_CLAIM = [one.name for one in fields(Claim) if one.name != "span"]
_LINKED = frozenset({Span, Claim, ColumnSpec, Attribute, Relation, Entity, ModelSpec})


class _UnlinkedError(Exception):
    """A place outside of the model's own text. It cannot be located in another text."""


def _spans(value: object) -> Iterator[Span]:
    """Every place in a value of the diagram."""
    if isinstance(value, Span):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _spans(one)
    elif isinstance(value, Mapping):
        yield from _spans(tuple(value.values()))
    else:
        yield from _spans(values_of(value) or ())


def linked(*which: Any) -> object:
    """A stored reference. While a plan is loaded, `_Links.value` takes its place."""
    raise LookupError(which)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, links: _Links) -> None:
        super().__init__(file, protocol=5)
        self._links = links

    def reducer_override(self, obj: Any) -> Any:
        link = self._links.link(obj) if type(obj) in _LINKED else None
        if link is not None:
            return linked, link
        values = values_of(obj)
        return NotImplemented if values is None else (rebuilt, (type(obj), values))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, links: _Links) -> None:
        super().__init__(file)
        self._links = links

    def find_class(self, module: str, name: str, /) -> Any:
        is_link = name == linked.__name__ and module == linked.__module__
        return self._links.value if is_link else super().find_class(module, name)


def _written(plan: tuple[Plan, list[Diagnostic]], links: _Links) -> bytes | None:
    written = io.BytesIO()
    try:
        _Pickler(written, links).dump(plan)
    except (_UnlinkedError, RecursionError):
        return None
    return written.getvalue()


def _read(body: bytes, links: _Links) -> tuple[Plan, list[Diagnostic]] | None:
    """Load a plan. The cache's seal guarantees that this program wrote it for this user. None where a part is gone."""
    try:
        plan, said = _Unpickler(io.BytesIO(body), links).load()
    except (LookupError, RecursionError):
        return None
    return plan, said
