"""Parts of relations, as the rows of a query see them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a relation, as rows of another one see them.

    `relation`: a CTE or a table. `shows`: pairs of a column here and its column there. `where`: conditions on its
    columns, as text. As a part that rows are taken from, each row here is one of its rows, and passes `where`. As a
    part that rows are not in, no row there passes `where` and equals a row here in all pairs.
    """

    relation: Hashable
    shows: tuple[tuple[str, str], ...]
    where: frozenset[str] = frozenset()

    def renamed(self, names: Mapping[str, str]) -> Part:
        return replace(self, shows=tuple((names[here], there) for here, there in self.shows))
