"""What a run knows of relations without looking at their plans, which may be of an earlier run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KnownRelations:
    """By the diagram's name of each relation.

    `digests`: of everything that the relation depends on, with the program. `columns`: their names. `upstream`: the
    relations that the planning of a model looked at.
    """

    digests: dict[str, str] = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    upstream: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def note(self, name: str, digest: str, columns: tuple[str, ...], upstream: tuple[str, ...] = ()) -> None:
        self.digests[name], self.columns[name], self.upstream[name] = digest, columns, upstream

    def forget(self, names: Iterable[str]) -> None:
        for name in names:
            for known in (self.digests, self.columns, self.upstream):
                known.pop(name, None)
