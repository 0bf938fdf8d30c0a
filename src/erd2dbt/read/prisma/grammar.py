"""Parses Prisma's text into blocks of lines; each line is a field or an attribute with its arguments."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from erd2dbt.faults.diagnostics import Span
from erd2dbt.read.text.accounting import Account

_WORD = re.compile(
    r"(?P<blank>[^\S\n]+)|(?P<line>\n)|(?P<doc>///[^\n]*)|(?P<comment>//[^\n]*|/\*.*?\*/)"
    r'|"(?P<string>(?:\\.|[^"\\\n])*)"|(?P<name>[^\W\d][\w-]*)|(?P<number>-?\d[\w.]*)|(?P<sign>@@|.)',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}
COMMENT = "a comment"


class Kind(enum.Enum):
    NAME = enum.auto()
    STRING = enum.auto()
    NUMBER = enum.auto()
    SIGN = enum.auto()
    DOC = enum.auto()  # `/// text`
    LINE = enum.auto()
    END = enum.auto()


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its offsets `start` and `end`. `text` is without quotes."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(slots=True)
class Call:
    """A call, such as `id`, `relation("x", fields: [a])` or `db.VarChar(20)`. Arguments without a name are keyed by
    position. `start` and `end` are the offsets of the whole call."""

    name: str
    start: int
    end: int
    arguments: dict[str, object] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)  # offsets of each argument, with its name

    def names(self, *keys: str) -> tuple[str, ...]:
        """Return the fields in an argument: `[a, b(sort: Desc)]`."""
        given = next((self.arguments[key] for key in keys if key in self.arguments), None)
        listed = given if isinstance(given, list) else [given] if given is not None else []
        return tuple(one.name if isinstance(one, Call) else str(one) for one in listed)

    def text(self, *keys: str) -> str | None:
        given = next((self.arguments[key] for key in keys if key in self.arguments), None)
        return given if isinstance(given, str) else None


@dataclass(slots=True)
class Field:
    """A field of a model, or a value of an enumeration, which has no type."""

    name: str
    span: Span
    start: int
    end: int
    type: Call | None = None
    is_list: bool = False
    is_optional: bool = False
    attributes: list[Call] = field(default_factory=list)
    doc: str | None = None

    def attribute(self, name: str) -> Call | None:
        return next((one for one in self.attributes if one.name == name), None)


@dataclass(slots=True)
class Block:
    """`model User { … }`. `settings` are those of a data source or a generator."""

    kind: str
    name: str
    span: Span
    start: int
    end: int = 0
    fields: list[Field] = field(default_factory=list)
    attributes: list[Call] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)
    doc: str | None = None

    def attribute(self, name: str) -> Call | None:
        return next((one for one in self.attributes if one.name == name), None)


class _RefusedError(Exception):
    """Ends the parsing of a line; callers of the parser never see it."""


class Parser:
    """Reads blocks line by line. A line that does not parse is reported as unread, and parsing continues on the next
    line."""

    def __init__(self, account: Account) -> None:
        self.account, self.places = account, account.places
        self.words, self.at = list(_words(account)), 0

    def blocks(self) -> Iterator[Block]:
        doc: list[str] = []
        while self._here.kind is not Kind.END:
            if self._here.kind is Kind.LINE:
                self.at += 1
            elif self._here.kind is Kind.DOC:
                doc.append(self._take().text)
            else:
                block = self._block("\n".join(doc) or None)
                doc = []
                if block:
                    yield block

    def settle(self) -> None:
        self.account.settle([(w.start, w.end) for w in self.words if w.kind not in (Kind.LINE, Kind.END)])

    @property
    def _here(self) -> Word:
        return self.words[self.at]

    def _sign(self, text: str) -> bool:
        return self._here.kind is Kind.SIGN and self._here.text == text

    def _take(self) -> Word:
        word = self._here
        self.account.read(word.start, word.end)
        self.at += 1
        return word

    def _skip(self, sign: str) -> bool:
        if self._sign(sign):
            self._take()
            return True
        return False

    def _want(self, sign: str) -> None:
        if not self._skip(sign):
            self._refuse(f"`{sign}`")

    def _name(self) -> Word:
        if self._here.kind is not Kind.NAME:
            self._refuse("a name")
        return self._take()

    def _refuse(self, wanted: str) -> NoReturn:
        found = "the end of the line" if self._here.kind in (Kind.LINE, Kind.END) else f"`{self._here.text}`"
        raise _RefusedError(f"expected {wanted}, found {found}")

    def _unread(self, begun: int, fault: _RefusedError) -> None:
        """Report the rest of the line as unread."""
        while self._here.kind not in (Kind.LINE, Kind.END):
            self.at += 1
        last = self.words[max(self.at - 1, begun)]
        self.account.leave(self.words[begun].start, last.end, str(fault), unread=True)

    def _block(self, doc: str | None) -> Block | None:
        begun = self.at
        try:
            kind = self._name()
            name = self._name()
            span = self.places.span(name.start, name.end)
            block = Block(kind.text, name.text, span, kind.start, doc=doc)
            if kind.text == "type" and self._skip("="):
                self._refuse("`{`")
            self._want("{")
        except _RefusedError as fault:
            self._unread(begun, fault)
            return None
        self._lines(block)
        return block

    def _lines(self, block: Block) -> None:
        doc: list[str] = []
        while not self._sign("}"):
            begun = self.at
            if self._here.kind is Kind.END:
                self.account.leave(block.start, block.start + 1, "this brace has no end", unread=True)
                return
            if self._here.kind is Kind.LINE:
                self.at += 1
                continue
            if self._here.kind is Kind.DOC:
                doc.append(self._take().text)
                continue
            try:
                self._line(block, "\n".join(doc) or None)
                self._line_ends(block)
            except _RefusedError as fault:
                self._unread(begun, fault)
            doc = []
        block.end = self._take().end

    def _line_ends(self, block: Block) -> None:
        if self._here.kind is Kind.DOC and block.fields:
            said = self._take().text
            block.fields[-1].doc = f"{block.fields[-1].doc}\n{said}" if block.fields[-1].doc else said
        if self._here.kind not in (Kind.LINE, Kind.END) and not self._sign("}"):
            self._refuse("the end of the line")

    def _line(self, block: Block, doc: str | None) -> None:
        if self._skip("@@"):
            block.attributes.append(self._call())
            return
        name = self._name()
        if block.kind in ("datasource", "generator"):
            self._want("=")
            block.settings[name.text] = self._value()
            return
        one = Field(name.text, self.places.span(name.start, name.end), name.start, name.end, doc=doc)
        if block.kind != "enum":
            one.type = self._call()
            while self._here.text in ("[", "?") and self._here.kind is Kind.SIGN:
                if self._skip("["):
                    self._want("]")
                    one.is_list = True
                else:
                    self._take()
                    one.is_optional = True
        while self._skip("@"):
            one.attributes.append(self._call())
        one.end = self.words[self.at - 1].end
        block.fields.append(one)

    def _call(self) -> Call:
        first = self._name()
        name = first.text
        while self._skip("."):
            name += f".{self._name().text}"
        call = Call(name, first.start, self.words[self.at - 1].end)
        if self._skip("("):
            self._arguments(call, ")")
        call.end = self.words[self.at - 1].end
        return call

    def _arguments(self, call: Call, closing: str) -> None:
        self._blank()
        while not self._skip(closing):
            key, begun = str(len(call.arguments)), self._here.start
            after = self.words[min(self.at + 1, len(self.words) - 1)]
            if self._here.kind is Kind.NAME and after.kind is Kind.SIGN and after.text == ":":
                key = self._take().text
                self._take()
            if key in call.arguments:
                self._refuse("another argument")
            call.arguments[key] = self._value()
            call.places[key] = begun, self.words[self.at - 1].end
            self._blank()
            if not self._skip(",") and not self._sign(closing):
                self._refuse(f"`,` or `{closing}`")
            self._blank()

    def _blank(self) -> None:
        while self._here.kind is Kind.LINE:
            self.at += 1

    def _value(self) -> object:
        if self._here.kind in (Kind.STRING, Kind.NUMBER):
            return self._take().text
        if self._skip("["):
            found: list[object] = []
            self._blank()
            while not self._skip("]"):
                found.append(self._value())
                self._blank()
                if not self._skip(",") and not self._sign("]"):
                    self._refuse("`,` or `]`")
                self._blank()
            return found
        return self._call()


def _words(account: Account) -> Iterator[Word]:
    """Return all words, then an END. Comments are ignored."""
    text = account.places.text
    for match in _WORD.finditer(text):
        kind, start, end = str(match.lastgroup), match.start(), match.end()
        if kind == "comment":
            account.ignore(COMMENT, start, end)
        elif kind == "doc":
            yield Word(Kind.DOC, match[0][3:].strip(), start, end)
        elif kind == "string":
            said = _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), match["string"])
            yield Word(Kind.STRING, said, start, end)
        elif kind != "blank":
            yield Word(Kind[kind.upper()], match[kind], start, end)
    yield Word(Kind.END, "", len(text), len(text))
