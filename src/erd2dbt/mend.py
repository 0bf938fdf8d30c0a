"""Safe repairs applied to the text of a spec: edits that leave no choice, where they did what they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from erd2dbt.diagnostics import Diagnostic, Edit, ErdError, Severity, in_order
from erd2dbt.pipeline import plan

_LONE = re.compile(r"[\w\"']+\s*:\s+\Z")  # `order: ` before a value that stands for a list of one
_ITEM = re.compile(r"(?m)^(\s*)-\s+\Z")  # `- ` before an item on a line of its own


@dataclass(frozen=True, slots=True)
class Mended:
    """The spec's text after the repairs, what they repaired, and what is left to be said."""

    data: bytes
    repaired: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


def mend(data: bytes, file: str) -> Mended:
    """Applies each safe repair and checks the spec again; an edit that does not help is taken back."""
    before = _said(data, file)
    repaired: list[Diagnostic] = []
    left = before
    for fault in _last_first(before):
        for candidate in _edited(data, fault.edit):
            after = _said(candidate, file)
            if _helps(fault, left, after):
                data, left = candidate, after
                repaired.append(fault)
                break
    return Mended(data, in_order(repaired), in_order(left))


def _said(data: bytes, file: str) -> tuple[Diagnostic, ...]:
    try:
        return plan(data, file)[1].remarks
    except ErdError as error:
        return error.diagnostics


def _last_first(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """From the end of the file, so that the places of the others stay what they are."""
    with_edit = [d for d in found if d.edit is not None]
    return sorted(with_edit, key=lambda d: (d.edit.span.line, d.edit.span.column) if d.edit else (0, 0), reverse=True)


def _helps(fault: Diagnostic, before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> bool:
    """Whether this fault is gone, and nothing else has come but what is only good to know."""
    then, now = (Counter((d.code, d.message) for d in found) for found in (before, after))
    came = {(d.code, d.message) for d in after if d.severity is not Severity.INFO} & (now - then).keys()
    return not came and now[fault.code, fault.message] < then[fault.code, fault.message]


def _edited(data: bytes, edit: Edit | None) -> Iterator[bytes]:
    """The text with the edit, in the ways that YAML has to write it."""
    if edit is None:
        return
    text = data.decode()
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: edit.span.line - 1]) + edit.span.column - 1
    end = start + edit.span.end - edit.span.column
    old = text[start:end]
    if edit.more:
        yield (text[:start] + _longer(text[:start], old, edit.text) + text[end:]).encode()
        return
    quoted = '"' + edit.text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    for new in (edit.text, quoted):
        yield (text[:start] + new + text[end:]).encode()


def _longer(before: str, item: str, more: str) -> str:
    """One item of a list with another behind it: in a lone value's place, below, or beside."""
    if _LONE.search(before):
        return f"[{item}, {more}]"
    below = _ITEM.search(before)
    return f"{item}\n{below[1]}- {more}" if below else f"{item}, {more}"
