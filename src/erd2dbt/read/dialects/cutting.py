"""Splits scripts of other systems into statements, by their quotes, comments and statement ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from erd2dbt.read.ddl.statements import Statement

_PROGRAM = (
    r"create\s+(?:or\s+(?:replace|alter)\s+)?(?:(?:definer\s*=\s*\S+|editionable|noneditionable|temp|temporary|aggregate)"
    r"\s+)*(?:trigger|procedure|proc|function|package|type\s+body|event)\b"
)
_DEPTH = re.compile(r"\b(?:begin|case|end(?:\s+(?:if|loop|while|repeat|for))?)\b", re.IGNORECASE)
_SLASH = re.compile(r"^[ \t]*/[ \t\r]*$", re.MULTILINE)
_GO = re.compile(r"^[ \t]*go(?:[ \t]+\d+)?[ \t]*;?[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_DELIMITER = re.compile(r"delimiter[ \t]+(\S+)[^\n]*", re.IGNORECASE)
_BLANK = re.compile(r"[\s;]*")
_VERSIONED = re.compile(r"/\*M?!\d*(?P<code>.*?)\*/", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """Parts of regular expressions. `comments`: on one line; `quoted`: text in which a semicolon has no meaning.

    `commands`: of a client; they end with their line, and only USE is a statement. `programs`: contain statements, and
    end at `ends_program`. `begins`: words that begin a statement on a new line, where a system needs no semicolon.
    """

    comments: str = r"--[^\n]*"
    quoted: tuple[str, ...] = (r"'[^']*(?:''[^']*)*'", r'"[^"]*(?:""[^"]*)*"')
    commands: str | None = None
    programs: str = _PROGRAM
    ends_program: re.Pattern[str] | None = None
    begins: str | None = None
    _made: dict[str, re.Pattern[str]] = field(default_factory=dict)

    def pattern(self, name: str, make: Callable[[], str]) -> re.Pattern[str]:
        if name not in self._made:
            self._made[name] = re.compile(make(), re.IGNORECASE | re.DOTALL | re.MULTILINE)
        return self._made[name]

    def special(self, delimiter: str) -> re.Pattern[str]:
        """Return a pattern of everything with a meaning between two words."""
        parts = [self.comments, r"/\*.*?(?:\*/|\Z)", *self.quoted, rf"(?P<end>{re.escape(delimiter)})"]
        if self.ends_program:
            parts.append(f"(?P<stop>{self.ends_program.pattern})")
        if self.begins:
            parts += [r"(?P<open>\()", r"(?P<close>\))", rf"^[ \t]*(?P<next>(?:{self.begins})\b)"]
        return self.pattern(f"special {delimiter}", lambda: "|".join(parts))

    def statements(self, text: str, at: int = 0) -> Iterator[Statement]:
        """Yield each statement from a position that is not empty."""
        return _Cutter(self, text).statements(at)


# Quotes with a backslash before the quotes inside them.
ESCAPED = (
    r"'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'",
    r'"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"',
    r"`[^`]*`",
)
BRACKETS = (r"'[^']*(?:''[^']*)*'", r'"[^"]*(?:""[^"]*)*"', r"`[^`]*`", r"\[[^\]]*(?:\]\][^\]]*)*\]")
TRIPLE = (r'"""(?:\\.|[^\\])*?"""', r"'''(?:\\.|[^\\])*?'''", *ESCAPED)
DOLLARS = (*ESCAPED, r"\$\$.*?\$\$")
LINE_OF_SLASH, LINE_OF_GO = _SLASH, _GO


def without_versions(text: str) -> str:
    """Return the text with MySQL's executable comments, `/*!40101 … */`, as code. Its length does not change."""
    return _VERSIONED.sub(_bare, text) if "/*!" in text or "/*M!" in text else text


def _bare(match: re.Match[str]) -> str:
    begun = match.start("code") - match.start()
    return f"{' ' * begun}{match['code']}  "


def _step(word: str) -> int:
    """Return the change in nesting: BEGIN and CASE open a block, END closes it. END IF does not count."""
    words = word.lower().split()
    return 0 if len(words) > 1 else -1 if words == ["end"] else 1


@dataclass(slots=True)
class _Cutter:
    style: Cutting
    text: str
    delimiter: str = ";"

    def statements(self, at: int) -> Iterator[Statement]:
        while (begun := self._begin(at)) < len(self.text):
            if found := self._command(begun):
                yield from [found] if found.text[:3].lower() == "use" else []
                at = max(begun + len(found.text), begun + 1)
                continue
            end, at = self._end(begun)
            statement = self.text[begun:end].rstrip()
            if statement:
                yield Statement(statement, begun)

    def _begin(self, at: int) -> int:
        """Return the position after blanks, comments and ends of statements."""
        skipped = self.style.pattern("skipped", lambda: rf"{self.style.comments}|/\*.*?(?:\*/|\Z)")
        while True:
            begun = at
            at = self._behind_blank(at)
            if match := skipped.match(self.text, at):
                at = match.end()
            if self.delimiter != ";" and self.text.startswith(self.delimiter, at):
                at += len(self.delimiter)
            if (end := self.style.ends_program) and (match := end.match(self.text, self._line_of(at))):
                at = max(at, match.end())
            if at == begun:
                return at

    def _behind_blank(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

    def _line_of(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _command(self, at: int) -> Statement | None:
        """Read a line that is a command of a client, and not of the system."""
        if match := _DELIMITER.match(self.text, at):
            self.delimiter = match[1]
            return Statement(match[0], at)
        if self.style.commands is None:
            return None
        command = self.style.pattern("command", lambda: rf"(?:{self.style.commands})[^\n]*")
        match = command.match(self.text, at)
        return Statement(match[0].rstrip(), at) if match else None

    def _end(self, begun: int) -> tuple[int, int]:
        """Return the end of the statement, and the position where the next may begin."""
        programs = self.style.pattern("programs", lambda: self.style.programs)
        if self.delimiter == ";" and programs.match(self.text, begun):
            return self._end_of_program(begun)
        depth, whole = 0, len(self.text)
        for match in self.style.special(self.delimiter).finditer(self.text, begun):
            kind = match.lastgroup
            if kind in ("end", "stop"):
                return match.start(), match.end()
            depth += {"open": 1, "close": -1}.get(kind or "", 0)
            if kind == "next" and depth <= 0 and match.start("next") > begun:
                return match.start("next"), match.start("next")
        return whole, whole

    def _end_of_program(self, begun: int) -> tuple[int, int]:
        """Return the end of a program: at `ends_program`; else after the closing END, or at a semicolon outside
        BEGIN."""
        whole = len(self.text)
        if self.style.ends_program:
            found = self.style.ends_program.search(self.text, begun)
            return (found.start(), found.end()) if found else (whole, whole)
        depth, at = 0, begun
        for match in self.style.special(";").finditer(self.text, begun):
            depth += sum(map(_step, _DEPTH.findall(self.text, at, match.start())))
            at = match.end()
            if match.lastgroup == "end" and depth <= 0:
                return match.start(), match.end()
        return whole, whole
