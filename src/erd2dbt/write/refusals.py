"""The messages when manual edits conflict with the generated files."""

from __future__ import annotations

import os
from difflib import unified_diff
from textwrap import dedent
from typing import TYPE_CHECKING

from erd2dbt.faults.diagnostics import Diagnostic, Span
from erd2dbt.write.decisions import Fate, Reason
from erd2dbt.write.faults import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from erd2dbt.write.decisions import Change
    from erd2dbt.write.merging.values import Conflict

_REFUSED = {
    Reason.UNKNOWN: (
        "E801",
        "restore `.erd2dbt.base` from version control, so that both can be merged",
        "`--conflict=markers`, `=ours` (what is generated) or `=theirs` (your file) decides; `--force` overwrites it",
    ),
    Reason.FOREIGN: (
        "E802",
        "move or rename the file, or generate into another folder with `output:`",
        "`--force` overwrites the file",
    ),
}
_MOST_LINES = 12  # of a text that is printed whole
_CHOICES = "`--conflict=ours` takes what is generated, `=theirs` keeps yours, `=markers` writes both into the file"


def refusals(changes: Iterable[Change], out: str | os.PathLike[str] = "") -> tuple[Diagnostic, ...]:
    """E801 or E802 for each file, E806 for each place in a file, in which nothing can be written unasked.

    Each place is the path below `out`."""
    refused = (change for change in changes if change.fate is Fate.CONFLICT)
    return tuple(fault for change in refused for fault in _of_file(change, os.fspath(out)))


def undecided(changes: Iterable[Change], out: str | os.PathLike[str] = "") -> tuple[Diagnostic, ...]:
    """E806 for each place at which both versions are between markers once the changes are applied."""
    message, fix = "both versions are here", "leave what is to stay, and take the markers out"
    places = (Span(shown(os.path.join(out, c.path)), line, 1) for c in changes for line in c.marked)
    return tuple(Diagnostic(code="E806", message=message, span=place, fixes=(fix,)) for place in places)


def _of_file(change: Change, out: str) -> Iterator[Diagnostic]:
    if change.conflicts:
        place = shown(os.path.join(out, change.place))
        yield from (_of_place(conflict, place) for conflict in change.conflicts)
    elif change.reason is Reason.EDITED:
        yield Diagnostic(
            code="E806",
            message="the models that this file describes are in other files now, and its edits cannot be moved there",
            span=Span(shown(os.path.join(out, change.place)), 1, 1),
            fixes=("move the edits by hand, and delete the file", "`--force` deletes it"),
        )
    elif change.broken:
        line, why = change.broken
        yield Diagnostic(
            code="E812",
            message=f"{why}, so nothing can be merged into this file",
            span=Span(shown(os.path.join(out, change.place)), line, 1),
            fixes=("correct it", "`--force` overwrites the file"),
        )
    else:
        code, *fixes = _REFUSED[change.reason]
        yield Diagnostic(code=code, message=f"`{shown(change.place)}` {change.reason}", fixes=tuple(fixes))


def _of_place(conflict: Conflict, file: str) -> Diagnostic:
    return Diagnostic(
        code="E806",
        message=f"{conflict.where}: {_happened(conflict)}",
        span=Span(file, conflict.line, 1),
        notes=tuple(versions(conflict)),
        fixes=("say it in the spec, and take the edit out of the file", _CHOICES),
    )


def versions(conflict: Conflict) -> Iterator[str]:
    """The three texts, or of long ones what changed in them."""
    base, *changed = (dedent(text).splitlines() for text in (conflict.base, conflict.yours, conflict.generated))
    is_long = bool(base) and max(map(len, (base, *changed))) > _MOST_LINES
    if not is_long:
        yield _note("generated before", base)
    for name, lines in zip(("yours", "generated now"), changed, strict=True):
        yield _note(name, _difference(base, lines) if is_long and lines else lines)


def _difference(base: Sequence[str], lines: Sequence[str]) -> list[str]:
    diff = list(unified_diff(base, lines, n=1, lineterm=""))[2:]
    return ["…" if line.startswith("@@") else line for line in diff]


def _note(name: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{name}:", *lines]) if lines else f"{name}: nothing"


def _happened(conflict: Conflict) -> str:
    yours = "you put it here" if not conflict.base else "you changed it" if conflict.yours else "you took it out"
    return f"{yours}, and it is {'generated differently now' if conflict.generated else 'no longer generated'}"
