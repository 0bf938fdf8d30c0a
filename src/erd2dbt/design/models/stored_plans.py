"""Stores plans in bytes, and loads them: at first only what others need of a plan, the rest when it is read.

A plan is stored without the parts that the diagram has: entities, relations, claims and places. They are looked up in
the current diagram. A plan with a part that cannot be looked up is not stored.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Any

from erd2dbt.cache.dataclass_values import rebuilt, values_of
from erd2dbt.cache.later import kind_of, later
from erd2dbt.design.plans.plan import Fixture, Plan, Relation
from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, ModelSpec
from erd2dbt.diagram.graph import EntityGraph
from erd2dbt.faults.diagnostics import Diagnostic, Span
from erd2dbt.prove.claims import Claim
from erd2dbt.sql.spelling import POSTGRES, spelled_for
from erd2dbt.system.recursion import room_for_nesting

_OF_RELATION = ("name", "model", "layer", "grain", "span", "root", "open")  # what others need of each relation
_OF_PLAN = ("spec", "proof", "sql", "reads", "existing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A plan with its faults. `columns`: the names of its relation's columns."""

    plan: Plan
    said: list[Diagnostic]
    columns: tuple[str, ...]


def store(plan: Plan, said: list[Diagnostic], links: Links) -> bytes | None:
    """Return the plan for `load`; None where a part cannot be looked up."""
    relation = {name: getattr(plan.relation, name) for name in _OF_RELATION}
    outside = {name: getattr(plan, name) for name in _OF_PLAN}
    written = io.BytesIO()
    try:
        for part in ((said, tuple(plan.relation.fields), relation, outside, plan.fixture is not None), plan):
            _Pickler(written, links).dump(part)
    except (_UnlinkedError, RecursionError):
        return None
    return written.getvalue()


def load(body: bytes, links: Links, make: Callable[[], Plan]) -> Stored | None:
    """Return a stored plan; None where a part is gone. `make`: makes the same plan, where that is found later.

    The cache's seal guarantees that this program wrote it for this user.
    """
    file = io.BytesIO(body)
    outline = _loaded(file, links)
    if outline is None:
        return None
    said, columns, relation, outside, is_tested = outline

    @cache
    def whole() -> Plan:
        with spelled_for(POSTGRES), room_for_nesting():
            return _loaded(file, links) or make()

    def fixture() -> Fixture:
        made = whole().fixture
        assert made is not None, "the stored plan had one"
        return made

    outside["relation"] = later(Relation, relation, lambda: whole().relation)
    outside["fixture"] = later(Fixture, {}, fixture) if is_tested else None
    return Stored(plan=later(Plan, outside, whole), said=said, columns=columns)


def _loaded(file: io.BytesIO, links: Links) -> Any:
    """Return the next object in the file."""
    try:
        return _Unpickler(file, links).load()
    except (LookupError, RecursionError):
        return None


class Claims:
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


class Links:
    """References that replace the parts of the diagram in a stored plan, and their current values.

    LookupError where a part no longer exists.
    """

    def __init__(
        self,
        model: ModelSpec,
        shelf: Mapping[str, Relation],
        graph: EntityGraph,
        claims: Claims,
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
    """A stored reference. While a plan is loaded, `Links.value` takes its place."""
    raise LookupError(which)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, links: Links) -> None:
        super().__init__(file, protocol=5)
        self._links = links

    def reducer_override(self, obj: Any) -> Any:
        link = self._links.link(obj) if kind_of(obj) in _LINKED else None
        if link is not None:
            return linked, link
        values = values_of(obj)
        return NotImplemented if values is None else (rebuilt, (type(obj), values))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, links: Links) -> None:
        super().__init__(file)
        self._links = links

    def find_class(self, module: str, name: str, /) -> Any:
        is_link = name == linked.__name__ and module == linked.__module__
        return self._links.value if is_link else super().find_class(module, name)
