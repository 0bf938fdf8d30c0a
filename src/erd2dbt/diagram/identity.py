"""By what a thing of the diagram is known again when its name has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_WORDS = ("file", "table", "item", "like", "star")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Of an entity, a model, or a column of either. What is not known is empty."""

    file: str = ""  # the SQL of the model that is made of it; none of a column
    table: str = ""  # of an entity: its source and the raw table, `shop.orders`
    item: str = ""  # of the Miro board
    olds: tuple[str, ...] = ()  # what it was called before, the latest name last
    star: str = ""  # of a derived model: the entity that it is for, else what it is in its star
    like: str = ""  # what left the diagram when this one came, and whose edits still wait for it

    @property
    def model(self) -> str:
        """The dbt model, by its file."""
        return self.file.rpartition("/")[2].removesuffix(".sql")


Identities = Mapping[str, Identity]  # by name; a column's is `entity.column` or `model.column`


def as_data(identity: Identity) -> dict[str, Any]:
    """As plain data, without what is not known."""
    given = {word: getattr(identity, word) for word in _WORDS}
    said: dict[str, Any] = {word: value for word, value in given.items() if value}
    return {**said, "olds": list(identity.olds)} if identity.olds else said


def from_data(data: Any) -> Identity:
    """What `as_data` made. ValueError for anything else."""
    if not isinstance(data, dict):
        raise ValueError("no identity")
    given = {word: data[word] for word in _WORDS if word in data}
    if not all(isinstance(value, str) for value in given.values()):
        raise ValueError("no identity")
    olds = data.get("olds", [])
    if not isinstance(olds, list) or not all(isinstance(old, str) for old in olds):
        raise ValueError("no names")
    return Identity(olds=tuple(olds), **given)
