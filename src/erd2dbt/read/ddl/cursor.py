"""A place in a statement's words, and the phrases that all definitions share: names, types, lists in parentheses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from erd2dbt.read.relational.values import Type
from erd2dbt.sql.tokens import Kind, Token

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
    """`at` moves over the words; what is taken is behind it."""

    def __init__(self, words: Sequence[Token], statement: str, start: int, schema: str) -> None:
        """`start`: where the statement stands in the script; `schema`: where unqualified names belong."""
        self.words, self.statement, self.start, self.schema = words, statement, start, schema
        self.at = 0

    def part(self, words: Sequence[Token]) -> Cursor:
        return Cursor(words, self.statement, self.start, self.schema)

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
            self.at += len(phrase)
            return True
        return False

    def want(self, *phrase: str) -> None:
        if not self.take(*phrase):
            self.refuse(" ".join(phrase).upper())

    def refuse(self, wanted: str) -> None:
        shown = f"`{self.words[self.at].text}` stands" if self.more else "it ends"
        raise NotReadError(f"{shown} where {wanted} is wanted", self.here)

    def skip(self) -> Token:
        """Any one word."""
        if not self.more:
            self.refuse("more")
        self.at += 1
        return self.words[self.at - 1]

    def name(self) -> str:
        if self.more and self.words[self.at].kind in (Kind.WORD, Kind.QUOTED):
            return self.skip().text
        self.refuse("a name")
        raise AssertionError

    @property
    def written(self) -> str | None:
        """How the word just taken was written, where PostgreSQL folds it to less."""
        return self.words[self.at - 1].written

    def qualified(self) -> tuple[str, str]:
        """(schema, name); `@placeholder.name` is of the schema that the placeholder is called after."""
        parts = self.parts()
        return parts[-2] if len(parts) > 1 else self.schema, parts[-1]

    def parts(self) -> list[str]:
        self.take("@")
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        return parts

    def string(self) -> str | None:
        """A string; None for NULL."""
        if self.more and self.words[self.at].kind is Kind.STRING:
            return self.skip().text
        self.want("null")
        return None

    def group(self) -> list[Token]:
        """What stands in the parentheses that open here."""
        self.want("(")
        begun, depth = self.at, 1
        while depth:
            if not self.more:
                self.refuse("`)`")
            depth += {"(": 1, ")": -1}.get(self.peek(), 0)
            self.at += 1
        return list(self.words[begun : self.at - 1])

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
                yield self.part(words[begun:place])
                begun = place + 1
        if words:
            yield self.part(words[begun:])

    def columns(self) -> tuple[str, ...]:
        """Names in parentheses; `period without overlaps` and the like are more than the name."""
        return tuple(part.name() for part in self.listed())

    def type(self) -> Type:
        """A type, up to the constraint behind it."""
        parts = self.parts()
        plain = [parts[-1]]
        modifier, array = "", False
        while self.more and self.peek() not in _TYPE_ENDS:
            if self.peek() == "(":
                inside = "".join(word.text for word in self.group())
                modifier += f"({inside})"
            elif self.take("["):
                array = True
                while not self.take("]"):
                    self.skip()
            elif self.words[self.at].kind is Kind.WORD:
                word = self.skip().text
                if word == "array":
                    array = True
                elif modifier:
                    modifier += f" {word}"
                else:
                    plain.append(word)
            else:
                break
        schema = parts[-2] if len(parts) > 1 else None
        return Type(name=" ".join(plain), schema=schema, modifier=modifier, array=array)
