"""Header and detail: the event that a row is a part of, and the events that it only looks up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from erd2dbt.diagram.erd import Entity
from erd2dbt.names.stems import bare, stem
from erd2dbt.star.parents import Parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The link from detail rows to their header event, and the evidence that they are parts of it."""

    parent: Parent
    because: str
    named_so: bool  # its key or its name decides it, whatever else the rows may be


def headers(
    child: Entity, up: Sequence[Parent], about: Mapping[str, Sequence[str]], events: Collection[str]
) -> tuple[Header, ...]:
    """The events that the rows are parts of.

    `about`: the entities that each entity refers to. `events`: the entities that can be a header.
    """
    return tuple(found for parent in up if parent.entity in events and (found := _header(child, parent, up, about)))


def _header(child: Entity, parent: Parent, up: Sequence[Parent], about: Mapping[str, Sequence[str]]) -> Header | None:
    """The header of one link. None for a self-reference, a lookup, and one of several links to an event (ambiguous)."""
    header = parent.entity
    if parent.to_self or [p.entity for p in up].count(header) > 1:
        return None
    key = {word.text for word in child.key}
    if set(parent.columns) <= key:
        return Header(parent=parent, because=f"its key contains that of `{header}`", named_so=True)
    if bare(child.name).startswith(stem(header)):
        return Header(parent=parent, because=f"its name begins with that of `{header}`", named_so=True)
    filled = {c.name for c in child.columns if c.not_null} | key
    if parent.always or set(parent.columns) <= filled:
        return Header(parent=parent, because=f"no row of it is without one of `{header}`", named_so=False)
    others = [name for name in about[child.name] if name != header]
    if not others:
        return Header(parent=parent, because=f"it refers to `{header}` and to nothing else", named_so=False)
    shared = [name for name in others if name in about[header]]
    if shared:
        return Header(parent=parent, because=f"both it and `{header}` are about `{shared[0]}`", named_so=False)
    return None
