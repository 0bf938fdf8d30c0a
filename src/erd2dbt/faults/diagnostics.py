"""A fault is a value: the problem, its place, its code, and the fixes."""

from __future__ import annotations

import enum
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from erd2dbt.escape.terminal import inert
from erd2dbt.escape.terminal import line as one_line


class Severity(enum.StrEnum):
    """The severity of a diagnostic, also shown by the first letter of its code (E, W, I)."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_BY_LETTER = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source text. Line and column count characters from 1; `end` is exclusive (0: one character)."""

    file: str
    line: int
    column: int
    end: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Edit:
    """A safe repair: `text` replaces the text at `span`, or (`more`) is added as an item after it."""

    span: Span
    text: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class Paste:
    """Spec text (YAML) for the place `at`, a path of keys. It is merged into the existing value, or replaces it.

    `renames`: it replaces the last key, and the value stays. Without a path, it replaces the word `instead` at the
    fault.
    """

    at: tuple[str, ...]
    text: str
    renames: bool = False
    instead: str = ""


class Fix(str):
    """A repair as the message shows it, and the text that it pastes into the spec."""

    pastes: tuple[Paste, ...]

    def __new__(cls, told: str, *pastes: Paste) -> Self:
        fix = super().__new__(cls, told)
        fix.pastes = pastes
        return fix

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (str(self), *self.pastes)


class Acceptance(Fix):
    """A repair that accepts the fault, with a reason. `at`: the column or model of the spec that accepts it."""

    at: tuple[str, ...]
    _reasons: tuple[tuple[str, str], ...]

    def __new__(cls, at: tuple[str, ...], reasons: Mapping[str, str]) -> Self:
        text = f"accept: {{{', '.join(f'{code}: {why}' for code, why in reasons.items())}}}"
        fix = super().__new__(cls, f"accept it with a reason: `{text}`", Paste(at, f"{{{text}}}"))
        fix.at = at
        fix._reasons = tuple(reasons.items())
        return fix

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.at, dict(self._reasons))


class Hint(str):
    """A repair that needs a decision first, so there is no text to paste."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One fault. `fixes`, best first: text to paste (Fix), a decision to make (Hint), or another action.

    `edit`: the safe repair, if there is one.
    """

    code: str
    message: str
    span: Span | None = None
    notes: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    edit: Edit | None = None

    @property
    def severity(self) -> Severity:
        return _BY_LETTER[self.code[0]]


class ErdError(Exception):
    """All the faults of a stage, at least one of them an error."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        super().__init__("; ".join(f"{d.code} {d.message}" for d in self.diagnostics))


@dataclass(slots=True)
class Collector:
    """Collects the diagnostics of a stage, so that all of them are reported at once."""

    found: list[Diagnostic] = field(default_factory=list)

    def add(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        *,
        notes: Iterable[str] = (),
        fixes: Iterable[str] = (),
        edit: Edit | None = None,
    ) -> None:
        self.found.append(
            Diagnostic(code=code, message=message, span=span, notes=tuple(notes), fixes=tuple(fixes), edit=edit)
        )

    @property
    def failed(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.found)

    def raise_if_failed(self) -> None:
        """End the stage: raise ErdError with all diagnostics if one of them is an error."""
        if self.failed:
            raise ErdError(self.found)


def did_you_mean(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return a fix with the most similar known word, or nothing; as a tuple for `fixes`."""
    import difflib

    words = sorted(set(known))
    close = difflib.get_close_matches(name, words, n=1, cutoff=0.6)
    if not close:
        folded = {w.casefold(): w for w in words}
        close = [folded[name.casefold()]] if name.casefold() in folded else []
    return (meant(name, close[0]),) if close else ()


def meant(name: str, other: str) -> Fix:
    """Return a fix that replaces a wrong word."""
    return Fix(f"did you mean `{other}`?", Paste((), other, instead=name))


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics sorted by place, those without a place last, without duplicates."""

    def place(d: Diagnostic) -> tuple[bool, Span, str, str]:
        return d.span is None, d.span or Span("", 0, 0), d.code, d.message

    return tuple(sorted(dict.fromkeys(diagnostics), key=place))


def as_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str], *, color: bool = False) -> str:
    """Return text for people: `file:line:column: error E202: …`, the source line with a caret, the notes and the
    fixes."""
    return "\n\n".join("\n".join(_lines(d, sources, color)) for d in in_order(diagnostics))


_PAINT = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;36m"}


def _lines(d: Diagnostic, sources: Mapping[str, str], color: bool) -> Iterator[str]:
    head = f"{d.severity} {d.code}"
    painted = f"{_PAINT[d.severity]}{head}\x1b[0m" if color else head
    message = "\n".join(map(_shortened, inert(d.message).split("\n")))
    yield f"{one_line(str(d.span))}: {painted}: {message}" if d.span else f"{painted}: {message}"
    if d.span is not None and d.span.file in sources:
        yield from _excerpt(d.span, sources[d.span.file])
    for note in d.notes:
        yield from _bullet("note", note)
    for fix in d.fixes:
        yield from _bullet("hint" if isinstance(fix, Hint) else "fix", fix)


def _shortened(line: str) -> str:
    """Return a line of a message with a maximum length, because it may quote long input."""
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST * 3 // 4]} … {line[-_LONGEST // 5 :]}"


def _bullet(kind: str, text: str) -> Iterator[str]:
    first, *rest = inert(text).split("\n")
    yield f"  = {kind}: {first}"
    yield from (f"    {' ' * len(kind)}  {line}".rstrip() for line in rest)


_LONGEST = 1200  # maximum characters of a line of a message
_SHOWN = 160  # maximum characters of a source line; a longer one is cut around the place


def _excerpt(span: Span, text: str) -> Iterator[str]:
    lines = text.split("\n")
    if not 1 <= span.line <= len(lines):
        return
    line, start = lines[span.line - 1], span.column - 1
    end = max(start + 1, span.end - 1) if span.end else start + 1
    if len(line) > _SHOWN:
        left = max(0, min(start - _SHOWN // 4, len(line) - _SHOWN))
        line, start, end = line[left : left + _SHOWN], start - left, min(end - left, _SHOWN)
    line = inert(line).replace("\t", " ")
    number = str(span.line)
    yield f"  {number} | {line}"
    yield f"  {' ' * len(number)} | {' ' * _width(line[:start])}{'^' * max(1, _width(line[start:end]))}"


def _width(text: str) -> int:
    """Return the width in terminal cells: wide characters count two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return JSON: a list of objects, in the order of `as_text`. Missing places are null."""
    return json.dumps([_record(d) for d in in_order(diagnostics)], ensure_ascii=False, indent=2)


def _pasted(fix: str) -> list[dict[str, Any]]:
    """Return the pasted text of each of the `fixes`, in the same order; None if a fix has no text for the spec."""
    pastes = fix.pastes if isinstance(fix, Fix) else ()
    return [{"at": list(p.at), "text": p.text, "renames": p.renames, "instead": p.instead or None} for p in pastes]


def _record(d: Diagnostic) -> dict[str, Any]:
    place = d.span
    return {
        "code": d.code,
        "severity": str(d.severity),
        "message": d.message,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "notes": list(d.notes),
        "fixes": list(d.fixes),
        "pastes": [_pasted(fix) for fix in d.fixes],
    }
