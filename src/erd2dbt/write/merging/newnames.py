"""What has other names now than when a text was generated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Words = Mapping[str, str]  # old name -> new name


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNames:
    """`words`: each old name with a new one, of whatever it is. `models` and `tables` are sure in `ref` and `source`.

    `columns`: by what is before the dot, an old or new name of an entity or a model. A table is `source.table`."""

    words: tuple[tuple[str, str], ...] = ()
    models: Words = field(default_factory=dict)
    tables: Words = field(default_factory=dict)
    columns: Mapping[str, Words] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.words)


NOTHING = NewNames()
