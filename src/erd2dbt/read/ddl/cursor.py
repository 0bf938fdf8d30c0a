"""A place in a statement's words, and the phrases that all definitions share: names, types, lists in parentheses."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from erd2dbt.read.accounting import Account, Part
from erd2dbt.read.relational.values import Type
from erd2dbt.sql.tokens import Kind, Token

_LONGEST = 63  # bytes of a name; PostgreSQL cuts off what is more, before the character that is cut through
_TYPE_ENDS = frozenset(
    "constraint not null default check unique primary references generated collate storage compression deferrable "
    "initially using".split()
)


class NotReadError(Exception):
    """A statement that is not as it should be; `at` is the offset where that shows."""

    def __init__(self, why: str, at: int | None = None) -> None:
        super().__init__(why)
        self.at = at


class Cursor:
    """`at` moves over the words; what is taken is behind it, and marked as read."""

    def __init__(
        self, words: Sequence[Token], statement: str, start: int, path: tuple[str, ...], account: Account
    ) -> None:
        """`start`: where the statement stands in the script; `path`: the schemas where unqualified names are sought,
        new ones belong to the first."""
        self.words, self.statement, self.start, self.path = words, statement, start, path
        self.account = account
        self.at = 0

    def part(self, words: Sequence[Token]) -> Cursor:
        return Cursor(words, self.statement, self.start, self.path, self.account)

    def parts_of_text(self) -> list[Part]:
        """Where each word stands in the script."""
        return [(self.start + word.start, self.start + word.end) for word in self.words]

    @property
    def more(self) -> bool:
        return self.at < len(self.words)

    @property
    def here(self) -> int:
        """The offset in the script of what comes next."""
        return self.start + (self.words[self.at].start if self.more else len(self.statement))

    def peek(self, ahead: int = 0) -> str:
        """The next word or sign; names in quotes and strings are none."""
        place = self.at + ahead
        if place >= len(self.words) or self.words[place].kind in (Kind.QUOTED, Kind.STRING):
            return ""
        return self.words[place].text

    def take(self, *phrase: str) -> bool:
        """Whether just these words come next; then they are taken."""
        if all(self.peek(ahead) == word for ahead, word in enumerate(phrase)):
            self._read(len(phrase))
            return True
        return False

    def take_one(self, *words: str) -> str:
        """The one of these that comes next, then taken; else nothing."""
        found = self.peek()
        return found if found in words and self.take(found) else ""

    def _read(self, count: int = 1) -> None:
        begun, self.at = self.at, self.at + count
        self.account.read(*self._range(begun))

    def _range(self, begun: int) -> Part:
        """From one word to the last that is behind; empty where none is."""
        end = self.words[self.at - 1].end if self.at > begun else self.words[begun].start if self.more else 0
        start = self.words[begun].start if self.at > begun else end
        return self.start + start, self.start + end

    def want(self, *phrase: str) -> None:
        if not self.take(*phrase):
            self.refuse(" ".join(phrase).upper())

    def refuse(self, wanted: str) -> None:
        shown = f"`{self.words[self.at].text}` stands" if self.more else "it ends"
        raise NotReadError(f"{shown} where {wanted} is wanted", self.here)

    def word(self) -> Token:
        """Any one word."""
        if not self.more:
            self.refuse("more")
        self._read()
        return self.words[self.at - 1]

    def over(self) -> None:
        """Over one word, or over all that stands in parentheses; marks nothing."""
        if not self.more:
            self.refuse("more")
        depth = 0
        while True:
            depth += {"(": 1, ")": -1}.get(self.peek(), 0)
            self.at += 1
            if depth <= 0:
                return
            if not self.more:
                self.refuse("`)`")

    def ignore(self, why: str, begun: int | None = None) -> None:
        """What stands from `begun` to here is ignored; the next word or group, where no beginning is given."""
        if begun is None:
            begun = self.at
            self.over()
        if self.at > begun:
            self.account.ignore(why, *self._range(begun))

    def leave(self, why: str, begun: int, *, unread: bool = False) -> None:
        """What stands from `begun` to here is reported one by one."""
        self.account.leave(*self._range(begun), why, unread=unread)

    def name(self) -> str:
        if self.more and self.words[self.at].kind in (Kind.WORD, Kind.QUOTED):
            return self.word().text.encode()[:_LONGEST].decode(errors="ignore")
        self.refuse("a name")
        raise AssertionError

    @property
    def written(self) -> str | None:
        """How the word just taken was written, where PostgreSQL folds it to less."""
        return self.words[self.at - 1].written

    def qualified(self) -> tuple[str, str]:
        """(schema, name); `@placeholder.name` is of the schema that the placeholder is called after."""
        parts = self.parts()
        return parts[-2] if len(parts) > 1 else self.path[0], parts[-1]

    def known(self, *among: Container[tuple[str, str]]) -> tuple[str, str]:
        """(schema, name) of what is among these, sought in all schemas of the path."""
        return self.sought(self.parts(), *among)

    def sought(self, parts: Sequence[str], *among: Container[tuple[str, str]]) -> tuple[str, str]:
        if len(parts) > 1:
            return parts[-2], parts[-1]
        found = ((schema, parts[-1]) for schema in self.path if any((schema, parts[-1]) in some for some in among))
        return next(found, (self.path[0], parts[-1]))

    def end(self) -> None:
        """Refuses more words."""
        if self.more:
            self.refuse("its end")

    def parts(self) -> list[str]:
        self.take("@")
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        return parts

    def string(self) -> str | None:
        """A string; None for NULL."""
        if not (self.more and self.words[self.at].kind is Kind.STRING):
            self.want("null")
            return None
        said = self.word().text
        while self.more and self.words[self.at].kind is Kind.STRING:  # on the next line: one string, says SQL
            said += self.word().text
        return said

    def group(self) -> list[Token]:
        """What stands in the parentheses that open here."""
        if self.peek() != "(":
            self.refuse("(")
        begun = self.at
        self.over()
        for edge in (begun, self.at - 1):
            self._mark(self.words[edge])
        return list(self.words[begun + 1 : self.at - 1])

    def condition(self) -> str:
        """The text in the parentheses that open here, which is read as a whole."""
        inner = self.group()
        for word in inner:
            self._mark(word)
        return self.statement[inner[0].start : inner[-1].end] if inner else ""

    def _mark(self, word: Token) -> None:
        self.account.read(self.start + word.start, self.start + word.end)

    def listed(self) -> Iterator[Cursor]:
        """The parts of a list in parentheses."""
        yield from self.split(self.group())

    def rest(self) -> Iterator[Cursor]:
        """The parts of a list to the end."""
        words, self.at = self.words[self.at :], len(self.words)
        yield from self.split(words)

    def split(self, words: Sequence[Token]) -> Iterator[Cursor]:
        depth, begun = 0, 0
        for place, word in enumerate(words):
            if word.kind is not Kind.SIGN:
                continue
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(word.text, 0)
            if word.text == "," and depth == 0:
                self._mark(word)
                yield self.part(words[begun:place])
                begun = place + 1
        if words:
            yield self.part(words[begun:])

    def columns(self) -> tuple[str, ...]:
        """Names in parentheses. Refuses what is more than a name."""
        found = []
        for part in self.listed():
            found.append(part.name())
            part.end()
        return tuple(found)

    def _type_name(self) -> list[str]:
        is_quoted = self.more and self.words[self.at].kind is Kind.QUOTED
        if self.peek() in _TYPE_ENDS:
            self.refuse("a type")
        parts = self.parts()
        return ['"char"'] if is_quoted and parts == ["char"] else parts  # one byte, and not a character

    def type(self) -> Type:
        """A type, up to the constraint behind it."""
        parts = self._type_name()
        plain = [parts[-1]]
        modifier, array = "", False
        while self.more and self.peek() not in _TYPE_ENDS:
            if self.peek() == "(":
                inside = self.group()
                for word in inside:
                    self._mark(word)
                modifier += f"({''.join(word.text for word in inside)})"
            elif self.take("["):
                array = True
                while not self.take("]"):
                    self.word()
            elif self.words[self.at].kind is Kind.WORD:
                text = self.word().text
                if text == "array":
                    array = True
                elif modifier:
                    modifier += f" {text}"
                else:
                    plain.append(text)
            else:
                break
        schema = parts[-2] if len(parts) > 1 else None
        return Type(name=" ".join(plain), schema=schema, modifier=modifier, array=array)
