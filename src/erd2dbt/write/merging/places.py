"""Where in a YAML file something stands, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from erd2dbt.write.merging.match import TESTS, naming, test_of

if TYPE_CHECKING:
    from erd2dbt.write.merging.tree import Entry

_NOUNS = {
    "data_tests": "test",
    "tests": "test",
    "given": "input",
    "analyses": "analysis",
    "saved_queries": "saved query",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A key, or an item of a list with its noun."""

    word: str
    noun: str = ""


Path = tuple[Step, ...]


def step(path: Path, entry: Entry) -> Path:
    """The place of an entry in the collection that is at a path."""
    if entry.key is not None:
        return (*path, Step(entry.key.value))
    section = section_of(path)
    noun = _NOUNS.get(section) or section.removesuffix("s").replace("_", " ") or "item"
    return (*path[:-1], Step(_word(entry, section), noun))


def section_of(path: Path) -> str:
    """The key whose value is here."""
    return path[-1].word if path and not path[-1].noun else ""


def _word(entry: Entry, section: str) -> str:
    value = entry.value
    test = test_of(value) if section in TESTS else None
    named = naming(value)
    return value.value or (test[0] if test else named[1] if named else "…")


def words(path: Path) -> str:
    """For example: column `revenue` of model `orders`: description."""
    items = [f"{s.noun} `{s.word}`" for s in reversed(path) if s.noun]
    last = max((at for at, s in enumerate(path) if s.noun), default=-1)
    keys = [s.word for s in path[last + 1 :]]
    if last >= 0 and path[last].noun == "test":
        keys = keys[1:] if keys[:1] == [path[last].word] else keys
    return ": ".join(part for part in (" of ".join(items), ".".join(keys)) if part)
