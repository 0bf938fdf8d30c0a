"""Applies safe repairs to the text of a spec: edits with only one choice, if they fix their fault."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from erd2dbt.cache.pieces import Pieces
from erd2dbt.faults.diagnostics import Diagnostic, Edit, ErdError, Fix, Hint, Severity, in_order
from erd2dbt.pipelines.generation import Memory, plan
from erd2dbt.read.spec.pasting import models, pasted, without
from erd2dbt.read.yaml.source import decode

_LONE = re.compile(r"[\w\"']+\s*:\s+\Z")  # `order: ` before a value that is a list of one
_ITEM = re.compile(r"(?m)^(\s*)-\s+\Z")  # `- ` before an item on a line of its own


@dataclass(frozen=True, slots=True)
class AutofixResult:
    """The spec's text after the repairs, the faults that they fixed, and the remaining faults."""

    data: bytes
    repaired: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


def autofix(data: bytes, file: str) -> AutofixResult:
    """Apply each safe repair and check the spec again. An edit that does not help is undone."""
    before = _diagnostics_of(data, file)
    repaired: list[Diagnostic] = []
    left = before
    for fault in _last_first(before):
        for candidate in _edited(data, fault.edit):
            after = _diagnostics_of(candidate, file)
            if _helps(fault, left, after):
                data, left = candidate, after
                repaired.append(fault)
                break
    return AutofixResult(data, in_order(repaired), in_order(left))


def with_fix(data: bytes, file: str, fault: Diagnostic) -> bytes | None:
    """Return the spec with one fault fixed; None if there is a choice, or the repair does not help."""
    before = _diagnostics_of(data, file)
    return next((one for one in _edited(data, fault.edit) if _helps(fault, before, _diagnostics_of(one, file))), None)


def _diagnostics_of(data: bytes, file: str, memory: Memory | None = None) -> tuple[Diagnostic, ...]:
    try:
        return plan(data, file, memory=memory)[1].remarks
    except ErdError as error:
        return error.diagnostics


def _last_first(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the edits from the end of the file, so that the places of the others stay valid."""
    with_edit = [d for d in found if d.edit is not None]
    return sorted(with_edit, key=lambda d: (d.edit.span.line, d.edit.span.column) if d.edit else (0, 0), reverse=True)


def _helps(fault: Diagnostic, before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> bool:
    """Return whether this fault is fixed without new faults. New notes are allowed."""
    then, now = (Counter((d.code, d.message) for d in found) for found in (before, after))
    came = {(d.code, d.message) for d in after if d.severity is not Severity.INFO} & (now - then).keys()
    return not came and now[fault.code, fault.message] < then[fault.code, fault.message]


def _edited(data: bytes, edit: Edit | None) -> Iterator[bytes]:
    """Yield the text with the edit, in each form that YAML allows."""
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
    """Yield the text with another item after one: in place of a single value, below, or beside."""
    if _LONE.search(before):
        return f"[{item}, {more}]"
    below = _ITEM.search(before)
    return f"{item}\n{below[1]}- {more}" if below else f"{item}, {more}"


# -- repairs that people paste

_MOST = 4000  # maximum models and entities planned to try repairs; further repairs are shown untried


def without_failing_fixes(data: bytes, file: str, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics without the repairs that make the spec invalid when they are pasted."""
    text = decode(data, file)
    review = _Review(file)
    spent, kept = 0, []
    for fault in found:
        fixes: list[str] = []
        for fix in fault.fixes:
            if isinstance(fix, Fix) and fix.pastes and spent < _MOST:
                trial = _Trial(text, fault, fix)
                spent += trial.cost
                if trial.accepted(review):
                    fixes.append(fix)
                elif not fix.pastes[0].at:  # it may still be the word that was meant
                    fixes.append(Hint(fix))
            else:
                fixes.append(fix)
        kept.append(replace(fault, fixes=tuple(fixes)))
    return tuple(kept)


class _Review:
    """The diagnostics of variants of one spec. Only models that differ from an earlier variant are planned."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._pieces = Pieces(file)
        self._known: dict[str, tuple[Diagnostic, ...]] = {}

    def of(self, text: str) -> tuple[Diagnostic, ...]:
        if text not in self._known:
            self._known[text] = _diagnostics_of(text.encode(), self._file, Memory(self._pieces, ""))
            self._pieces = self._pieces.next_run(failed=True)
        return self._known[text]


@dataclass(frozen=True, slots=True)
class _Trial:
    """A repair pasted into the affected part of a spec, without the models that read the repaired one."""

    text: str
    fault: Diagnostic
    fix: Fix

    @property
    def cost(self) -> int:
        return self.text.count("\n") // 5 + 1

    def accepted(self, review: _Review) -> bool:
        """Return whether the fault is fixed without a new error of another kind."""
        after = pasted(self.text, self.fix, self.fault.span)
        if after is None:
            return False
        gone = self._readers()
        parts = [review.of(without(text, gone) if gone else text) for text in (self.text, after)]
        before, now = (Counter((d.code, d.message) for d in found) for found in parts)
        own = self.fault.code, self.fault.message
        came = [code for code, _ in (now - before) if code[0] == "E"]
        return not came and (now[own] < before[own] or self.fault.severity is Severity.INFO)

    def _readers(self) -> set[str]:
        """Return the models that read the repaired one. They were not planned before, so their faults do not count."""
        if self.fault.span is None or self.fault.severity is not Severity.ERROR:
            return set()
        known = models(self.text)
        line = self.fault.span.line
        found = {name for name, (start, end, _) in known.items() if start <= line <= end}
        found |= {paste.at[1] for paste in self.fix.pastes if paste.at[:1] == ("models",)}
        own = set(found)
        while more := {
            name
            for name, (_, _, body) in known.items()
            if name not in found and any(re.search(rf"(?<!\w){re.escape(other)}(?!\w)", body) for other in found)
        }:
            found |= more
        return found - own
