"""The identity by which a part of the diagram is recognized after a rename."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

_WORDS = ("file", "table", "item", "like", "star")
_GIVEN = attrgetter(*_WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The identity of an entity, a model, or a column. Unknown fields are empty."""

    file: str = ""  # the SQL of its model; empty for a column
    table: str = ""  # of an entity: its source and the raw table, `shop.orders`
    item: str = ""  # of the Miro board
    olds: tuple[str, ...] = ()  # its previous names, the latest last
    star: str = ""  # of a derived model: its entity, else its role in the star
    like: str = ""  # a removed part that this one replaces, with manual edits to carry over

    @property
    def model(self) -> str:
        """The dbt model, by its file name."""
        return self.file.rpartition("/")[2].removesuffix(".sql")


Identities = Mapping[str, Identity]  # by name; a column's is `entity.column` or `model.column`


def as_data(identity: Identity) -> dict[str, Any]:
    """The identity as plain data, without unknown fields."""
    given = zip(_WORDS, _GIVEN(identity), strict=True)
    said: dict[str, Any] = {word: value for word, value in given if value}
    return {**said, "olds": list(identity.olds)} if identity.olds else said


def from_data(data: Any) -> Identity:
    """The identity from `as_data`. ValueError for anything else."""
    if not isinstance(data, dict):
        raise ValueError("no identity")
    given = {word: data[word] for word in _WORDS if word in data}
    if not all(isinstance(value, str) for value in given.values()):
        raise ValueError("no identity")
    olds = data.get("olds", [])
    if not isinstance(olds, list) or not all(isinstance(old, str) for old in olds):
        raise ValueError("no names")
    return Identity(olds=tuple(olds), **given)
