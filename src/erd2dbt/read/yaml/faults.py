"""Rewrites the messages of YAML parsers so that they name the fix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.read.yaml import quoting

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 100  # levels; a spec needs eight, and libyaml overflows the C stack at some thousands

# characters that YAML refuses, and three that only YAML takes for line ends (no editor counts them)
_SEPARATORS = ("\x85", "\u2028", "\u2029")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

_QUOTE = 'put the whole value in quotes: `"…"`'


class _Stop(NamedTuple):
    """Where the parser stopped: the text on that line before and after, and the line where the construct began."""

    before: str
    after: str
    began: int


_Said = tuple[str, str]  # message, fix


def check_separators(text: str, file: str) -> None:
    """Raise ErdError E001 for Unicode line separators: with them, YAML and editors count lines differently."""
    if not text.isascii() and any(c in text for c in _SEPARATORS):
        raise ErdError([unprintable(text, file)])


def worded(problem: str, text: str, file: str, *, began: int, stopped: int) -> Diagnostic:
    """Return the diagnostic for a parser's message. The indexes are where its construct began and where it stopped."""
    stop = _Stop(*_around(text, stopped), text.count("\n", 0, began) + 1)
    say = next((say for words, say in _WORDS if any(w in problem for w in words)), _unknown)
    if say is _inside and not stop.after.startswith(("[", "{", "'", '"')):
        say = _cut if stop.before.endswith(("'", '"')) else _open
    message, fix = say(stop)
    if say is _cut:
        fix = quoting.bracket_fix(text, began, stopped) or fix
    span = place(file, text, began if say in _AT_ITS_BEGINNING else stopped)
    return Diagnostic(code=_CODES.get(say, "E001"), message=message, span=span, fixes=(fix,))


def place(file: str, text: str, index: int) -> Span:
    """Return the line and column of a character of the text."""
    return Span(file, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def unprintable(text: str, file: str) -> Diagnostic:
    """Return fault E001 at the first character that YAML refuses."""
    found = _UNPRINTABLE.search(text)
    at = found.start() if found else 0
    kind = "line separator" if text[at] in _SEPARATORS else "control character"
    message = f"the {kind} U+{ord(text[at]):04X} is not allowed in YAML"
    return Diagnostic(code="E001", message=message, span=place(file, text, at), fixes=("delete the character",))


def too_deep() -> _Said:
    return f"the nesting is more than {DEEPEST} levels deep", "use fewer levels"


def _around(text: str, index: int) -> tuple[str, str]:
    start, end = text.rfind("\n", 0, index) + 1, text.find("\n", index)
    return text[start:index].strip(), text[index : end if end >= 0 else len(text)]


def _unknown(_stop: _Stop) -> _Said:
    return "YAML cannot be read beyond this place", "fix it, or the line above"


def _second(_stop: _Stop) -> _Said:
    return "a second YAML document begins here", "keep one document, without `---` in it"


def _first(stop: _Stop) -> _Said:
    if stop.after.startswith("\t"):
        return _tab(stop)
    return f"an unquoted value cannot begin with the character {stop.after[:1]}", _QUOTE


def _tab(_stop: _Stop) -> _Said:
    return "a tab cannot indent YAML", "indent with blanks"


def _colon(stop: _Stop) -> _Said:
    if ": " not in stop.before:
        message = "this line is taken for the rest of the one above, which has no `: ` or is indented less"
        return message, "write `name: value` above, or indent both lines alike"
    message = "this line has a second `: `, which YAML takes for another field"
    return message, f"{_QUOTE}, or put the inner field on a line of its own, indented"


def _inside(stop: _Stop) -> _Said:
    return f"a value between brackets cannot contain {stop.after[0]} unquoted", _QUOTE


def _open(_stop: _Stop) -> _Said:
    return "this bracket is never closed", "close it, or quote the value that begins with it"


def _cut(_stop: _Stop) -> _Said:
    return "inside brackets YAML ends an unquoted value at its comma, and here text follows a quote", _QUOTE


def _quote(_stop: _Stop) -> _Said:
    return "the quote that opens here is never closed", "close it with the same quote"


def _no_colon(_stop: _Stop) -> _Said:
    return "this line has no `: `", "write `name: value`"


def _field(stop: _Stop) -> _Said:
    if stop.before.endswith(("'", '"')):
        return _behind(stop.before)
    if stop.after.startswith(("}", "]")):
        return f"this {stop.after[0]} closes nothing", "remove it"
    if re.match(r"-(\s|$)", stop.after):
        return "a list item is in the place of a field", "indent the list below its field"
    return "the indentation of this line fits no line above it", "indent it like its neighbours"


def _block(stop: _Stop) -> _Said:
    """Return the message and the fix for text after `|` or `>`. They also occur as `||` or `>` after a quoted value."""
    before = stop.before.rstrip("|>").rstrip()
    if before.endswith(("'", '"')):
        return _behind(before)
    return "text follows `|` or `>`", "begin the text on the next line, indented"


def _behind(before: str) -> _Said:
    example = """`"'a' || b"`""" if before.endswith("'") else """`'"a" || b'`"""
    return "text follows the closing quote", f"put the whole value in the other quotes, as in {example}"


def _alias(_stop: _Stop) -> _Said:
    return "YAML takes `*` for a reference to an anchor, and there is no such anchor", _QUOTE


def _anchor(_stop: _Stop) -> _Said:
    return "YAML takes `*` and `&` at the start of a value for an anchor's name", _QUOTE


def _twice(stop: _Stop) -> _Said:
    return f"this anchor is already on line {stop.began}", "give it another name"


def _escape(_stop: _Stop) -> _Said:
    return "a backslash in double quotes begins an escape, and this is not one", "use single quotes: `'…'`"


def _tag(_stop: _Stop) -> _Said:
    return "YAML takes `!` at the start of a value for a tag", _QUOTE


def _deep(_stop: _Stop) -> _Said:
    return too_deep()


# messages of libyaml and PyYAML, and our rewording; the first row that matches counts
_WORDS: tuple[tuple[tuple[str, ...], Callable[[_Stop], _Said]], ...] = (
    (("maximum nesting depth",), _deep),  # libyaml 0.2.6 counts for itself
    (("another document",), _second),
    (("cannot start any token",), _first),
    (("tab character",), _tab),
    (("mapping values are not allowed",), _colon),
    (("flow mapping", "flow sequence"), _inside),
    (("escape",), _escape),
    (("quoted scalar",), _quote),
    (("expected ':'",), _no_colon),
    (("block scalar",), _block),
    (("expected key", "<block end>", "'-' indicator", "block sequence entries"), _field),
    (("undefined alias",), _alias),
    (("scanning an alias", "scanning an anchor"), _anchor),
    (("duplicate anchor",), _twice),
    (("tag",), _tag),
)
_CODES: dict[Callable[[_Stop], _Said], str] = {_second: "E003", _deep: "E005", _cut: "E014"}
_AT_ITS_BEGINNING = (_open, _quote, _no_colon)
