"""What the file of the last draft stores beside its text: the lineage arrows of the diagram, and former names of what
was renamed in it. They are comments at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass

from erd2dbt.escape.yaml import comment_line

_HEAD = "Memory of the diagram:"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftArrow:
    """An arrow as drawn, between two names of the spec. At least one of them is a model."""

    start: str
    end: str
    caption: str = ""
    id: str | None = None

    @property
    def ends(self) -> tuple[str, str]:
        return self.start, self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """`arrows` is None if the file was written without them. `former`: name, or `box.column` -> its former names."""

    arrows: tuple[DraftArrow, ...] | None = None
    former: Mapping[str, tuple[str, ...]]


NO_MEMORY = Memory(former={})


def with_memory(text: str, memory: Memory) -> str:
    """Return a draft with the memory at its end."""
    lines = [json.dumps(asdict(one), ensure_ascii=False) for one in memory.arrows or ()]
    lines += [json.dumps({"name": name, "was": was}, ensure_ascii=False) for name, was in memory.former.items()]
    return text + "".join(f"{comment_line(line)}\n" for line in (_HEAD, *lines))


def without_memory(text: str) -> tuple[str, Memory]:
    """Return a draft without the memory, and the memory. A line that people have broken is ignored."""
    draft, head, rest = text.rpartition(f"{comment_line(_HEAD)}\n")
    if not head:
        return text, NO_MEMORY
    arrows, former = [], {}
    for line in rest.splitlines():
        with suppress(ValueError, TypeError, KeyError):
            said = json.loads(line.removeprefix("# "))
            if "start" in said:
                arrows.append(DraftArrow(**said))
            else:
                former[str(said["name"])] = tuple(map(str, said["was"]))
    return draft, Memory(arrows=tuple(arrows), former=former)
