"""A place in a statement's words, and the phrases that all definitions share: names, types, lists in parentheses."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from erd2dbt.read.ddl.clauses import matched
from erd2dbt.read.ddl.dialect import POSTGRES, Dialect
from erd2dbt.read.relational.values import Type
from erd2dbt.read.text.accounting import Account, Part
from erd2dbt.sql.tokens import Kind, Token

_LONGEST = 63  # bytes of a name; PostgreSQL cuts off what is more, before the character that is cut through
_OF_OTHERS = ("array", "struct", "map", "range")  # types of others, which stand in angle brackets
_LOOKED_AT = 8  # words that show what stands in a table's list
TYPE_ENDS = frozenset(
    "constraint not null default check unique primary references generated collate storage compression deferrable "
    "initially using foreign".split()
)


class NotReadError(Exception):
    """A statement that is not as it should be; `at` is the offset where that shows."""

    def __init__(self, why: str, at: int | None = None) -> None:
        super().__init__(why)
        self.at = at


class Cursor:
    """`at` moves over the words; what is taken is behind it, and marked as read."""

    def __init__(
        self,
        words: Sequence[Token],
        statement: str,
        start: int,
        path: tuple[str, ...],
        account: Account,
        *,
        dialect: Dialect = POSTGRES,
    ) -> None:
        """`start`: where the statement stands in the script; `path`: the schemas where unqualified names are sought,
        new ones belong to the first."""
        self.words, self.statement, self.start, self.path = words, statement, start, path
        self.account, self.dialect = account, dialect
        self.at = 0

    def part(self, words: Sequence[Token]) -> Cursor:
        return Cursor(words, self.statement, self.start, self.path, self.account, dialect=self.dialect)

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

    def is_string(self, ahead: int = 0) -> bool:
        place = self.at + ahead
        return place < len(self.words) and self.words[place].kind is Kind.STRING

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
        found = f"`{self.words[self.at].text}`" if self.more else "the end of the statement"
        raise NotReadError(f"expected {wanted}, found {found}", self.here)

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

    def clause(self, *known: Mapping[str, str]) -> str | None:
        """Ignores a clause that stands here and is among those known; the reason, if there is one."""
        for clauses in known:
            if found := matched(self.words, self.at, clauses):
                pattern, count = found
                begun, self.at = self.at, self.at + count
                self.ignore(clauses[pattern], begun)
                return clauses[pattern]
        return None

    def is_clause(self) -> bool:
        """Whether a clause of a column or of a constraint begins here."""
        known = self.dialect
        if self.is_description():
            return True
        return any(matched(self.words, self.at, clauses) for clauses in (known.column, known.counted, known.key))

    def is_description(self) -> bool:
        """Whether COMMENT 'text' or OPTIONS (…) stands here."""
        is_comment = (
            not self.dialect.is_postgres and self.peek() == "comment" and (self.is_string(1) or self.peek(1) == "=")
        )
        return is_comment or (self.peek() == "options" and self.peek(1) == "(")

    def leave(self, why: str, begun: int, *, unread: bool = False) -> None:
        """What stands from `begun` to here is reported one by one."""
        self.account.leave(*self._range(begun), why, unread=unread)

    def name(self) -> str:
        kinds = (Kind.WORD, Kind.QUOTED, *((Kind.STRING,) if self.dialect.names_as_text else ()))
        if self.more and self.words[self.at].kind in kinds:
            said = self.word().text
            return said.encode()[:_LONGEST].decode(errors="ignore") if self.dialect.is_postgres else said
        self.refuse("a name")
        raise AssertionError

    @property
    def written(self) -> str | None:
        """How the word just taken was written, where the system folds it to less."""
        said = self.words[self.at - 1].written
        return said.rpartition(".")[2] if said and self.dialect.dots_in_quotes else said

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
        parts = [self._path_name()]
        while self.take("."):
            parts.append(self.path[0] if self.peek() == "." else self._path_name())
        return [one for part in parts for one in part.split(".")] if self.dialect.dots_in_quotes else parts

    def _path_name(self) -> str:
        """A name; of several words that `-` joins, where a system calls its projects so."""
        name = self.name()
        while self.dialect.dots_in_quotes and self.take("-"):
            name += f"-{self.word().text}"
        return name

    def owner_as_written(self) -> list[str]:
        """The spelling of what stands before the name that was just taken: its schema, and before that its database."""
        found, at = list[str](), self.at - 1
        while at >= 2 and self.words[at - 1].text == ".":
            at -= 2
            name = self.words[at].written or self.words[at].text
            while self.dialect.dots_in_quotes and at >= 2 and self.words[at - 1].text == "-":
                at -= 2
                name = f"{self.words[at].text}-{name}"
            found.append(name)
        if self.dialect.dots_in_quotes and (last := self.words[self.at - 1]).kind is Kind.QUOTED:
            return [*(last.written or last.text).split(".")[-2::-1], *found]
        return found

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
        depth, begun, angles = 0, 0, 0
        for place, word in enumerate(words):
            if word.kind is not Kind.SIGN:
                continue
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(word.text, 0)
            if angles or (word.text == "<" and place and words[place - 1].text in _OF_OTHERS):
                inside = word.text.count("<") - word.text.count(">")
                angles, depth = angles + inside, depth + inside
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

    def shape(self) -> str:
        """The next words as a text, names in quotes as `"q"` and strings as `'s'`."""
        shown = {Kind.QUOTED: '"q"', Kind.STRING: "'s'"}
        return " ".join(shown.get(word.kind, word.text) for word in self.words[self.at : self.at + _LOOKED_AT])

    def _type_name(self) -> list[str]:
        is_quoted = self.more and self.words[self.at].kind is Kind.QUOTED
        if self.peek() in TYPE_ENDS:
            self.refuse("a type")
        parts = self.parts()
        return ['"char"'] if is_quoted and parts == ["char"] else parts  # one byte, and not a character

    def type(self) -> Type:
        """A type, up to the constraint behind it."""
        parts = self._type_name()
        plain = [parts[-1]]
        modifier, array = "", False
        ends = TYPE_ENDS if self.dialect.is_postgres else TYPE_ENDS | {"key"}
        while self.more and self.peek() not in ends and not self.is_clause():
            if self.peek() == "(":
                modifier += f"({self._inside(self.group())})"
            elif self.peek() == "<":
                modifier += self._angles()
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

    def _inside(self, words: Sequence[Token]) -> str:
        """The text of a modifier, which is read; of other systems as it is written, for it may hold strings."""
        for word in words:
            self._mark(word)
        if self.dialect.is_postgres or not words:
            return "".join(word.text for word in words)
        return self.statement[words[0].start : words[-1].end]

    def _angles(self) -> str:
        """`<string, array<int>>`, as it is written."""
        begun, depth = self.at, 0
        while True:
            word = self.word()
            depth += word.text.count("<") - word.text.count(">") if word.kind is Kind.SIGN else 0
            if depth <= 0:
                return self.statement[self.words[begun].start : word.end]
