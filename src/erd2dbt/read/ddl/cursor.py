"""A cursor over the words of a statement, with the shared phrases of definitions: names, types, lists in
parentheses."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from erd2dbt.read.ddl.clauses import matched
from erd2dbt.read.ddl.dialect import POSTGRES, Dialect
from erd2dbt.read.relational.values import Type
from erd2dbt.read.text.accounting import Account, Part
from erd2dbt.sql.tokens import Kind, Token

_LONGEST = 63  # bytes of a name; PostgreSQL truncates longer names, before the character at the limit
_OF_OTHERS = ("array", "struct", "map", "range")  # types of other systems, whose arguments are in angle brackets
_LOOKED_AT = 8  # tokens that decide the kind of a table's element
TYPE_ENDS = frozenset(
    "constraint not null default check unique primary references generated collate storage compression deferrable "
    "initially using foreign".split()
)


class NotReadError(Exception):
    """A statement that does not parse. `at` is the offset of the first wrong word."""

    def __init__(self, why: str, at: int | None = None) -> None:
        super().__init__(why)
        self.at = at


class Cursor:
    """A position `at` in the words of a statement. Methods that take words move it, and mark these words as read."""

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
        """`start`: the offset of the statement in the script. `path`: the schemas to search for unqualified names; new
        names belong to the first."""
        self.words, self.statement, self.start, self.path = words, statement, start, path
        self.account, self.dialect = account, dialect
        self.at = 0

    def part(self, words: Sequence[Token]) -> Cursor:
        return Cursor(words, self.statement, self.start, self.path, self.account, dialect=self.dialect)

    def parts_of_text(self) -> list[Part]:
        """Return the offsets of each word in the script."""
        return [(self.start + word.start, self.start + word.end) for word in self.words]

    @property
    def more(self) -> bool:
        return self.at < len(self.words)

    @property
    def here(self) -> int:
        """The offset of the next word in the script."""
        return self.start + (self.words[self.at].start if self.more else len(self.statement))

    def peek(self, ahead: int = 0) -> str:
        """Return the next word or sign. Quoted names and strings do not count."""
        place = self.at + ahead
        if place >= len(self.words) or self.words[place].kind in (Kind.QUOTED, Kind.STRING):
            return ""
        return self.words[place].text

    def is_string(self, ahead: int = 0) -> bool:
        place = self.at + ahead
        return place < len(self.words) and self.words[place].kind is Kind.STRING

    def take(self, *phrase: str) -> bool:
        """Return whether the next words are these, and move behind them if so."""
        if all(self.peek(ahead) == word for ahead, word in enumerate(phrase)):
            self._read(len(phrase))
            return True
        return False

    def take_one(self, *words: str) -> str:
        """Return which of these words comes next, and move behind it; empty if none does."""
        found = self.peek()
        return found if found in words and self.take(found) else ""

    def _read(self, count: int = 1) -> None:
        begun, self.at = self.at, self.at + count
        self.account.read(*self._range(begun))

    def _range(self, begun: int) -> Part:
        """Return the range from one word to the last one read; empty if there is none."""
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
        """Move over any one word."""
        if not self.more:
            self.refuse("more")
        self._read()
        return self.words[self.at - 1]

    def over(self) -> None:
        """Move over one word, or over a group in parentheses, without marking it."""
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
        """Ignore the text from `begun` to here; without `begun`, the next word or group."""
        if begun is None:
            begun = self.at
            self.over()
        if self.at > begun:
            self.account.ignore(why, *self._range(begun))

    def clause(self, *known: Mapping[str, str]) -> str | None:
        """Ignore a known clause here, and return the reason; empty if there is none."""
        for clauses in known:
            if found := matched(self.words, self.at, clauses):
                pattern, count = found
                begun, self.at = self.at, self.at + count
                self.ignore(clauses[pattern], begun)
                return clauses[pattern]
        return None

    def is_clause(self) -> bool:
        """Return whether a clause of a column or of a constraint begins here."""
        known = self.dialect
        if self.is_description():
            return True
        return any(matched(self.words, self.at, clauses) for clauses in (known.column, known.counted, known.key))

    def is_description(self) -> bool:
        """Return whether COMMENT 'text' or OPTIONS (…) is next."""
        is_comment = (
            not self.dialect.is_postgres and self.peek() == "comment" and (self.is_string(1) or self.peek(1) == "=")
        )
        return is_comment or (self.peek() == "options" and self.peek(1) == "(")

    def leave(self, why: str, begun: int, *, unread: bool = False) -> None:
        """Report the text from `begun` to here, word by word."""
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
        """Return the original spelling of the last word, where the system folds case."""
        said = self.words[self.at - 1].written
        return said.rpartition(".")[2] if said and self.dialect.dots_in_quotes else said

    def qualified(self) -> tuple[str, str]:
        """Return (schema, name). `@placeholder.name` belongs to the schema with the placeholder's name."""
        parts = self.parts()
        return parts[-2] if len(parts) > 1 else self.path[0], parts[-1]

    def known(self, *among: Container[tuple[str, str]]) -> tuple[str, str]:
        """Return (schema, name) of an existing object, searched in all schemas of the path."""
        return self.sought(self.parts(), *among)

    def sought(self, parts: Sequence[str], *among: Container[tuple[str, str]]) -> tuple[str, str]:
        if len(parts) > 1:
            return parts[-2], parts[-1]
        found = ((schema, parts[-1]) for schema in self.path if any((schema, parts[-1]) in some for some in among))
        return next(found, (self.path[0], parts[-1]))

    def end(self) -> None:
        """Raise NotReadError if words are left."""
        if self.more:
            self.refuse("its end")

    def parts(self) -> list[str]:
        self.take("@")
        parts = [self._path_name()]
        while self.take("."):
            parts.append(self.path[0] if self.peek() == "." else self._path_name())
        return [one for part in parts for one in part.split(".")] if self.dialect.dots_in_quotes else parts

    def _path_name(self) -> str:
        """Return a name. It may be several words joined by `-`, where a system has such project names."""
        name = self.name()
        while self.dialect.dots_in_quotes and self.take("-"):
            name += f"-{self.word().text}"
        return name

    def owner_as_written(self) -> list[str]:
        """Return the spelling of the qualifiers of the name just read: its schema, and its database."""
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
        """Return a string; None for NULL."""
        if not (self.more and self.words[self.at].kind is Kind.STRING):
            self.want("null")
            return None
        said = self.word().text
        while self.more and self.words[self.at].kind is Kind.STRING:  # on the next line: the same string
            said += self.word().text
        return said

    def group(self) -> list[Token]:
        """Return the contents of the group in parentheses here."""
        if self.peek() != "(":
            self.refuse("(")
        begun = self.at
        self.over()
        for edge in (begun, self.at - 1):
            self._mark(self.words[edge])
        return list(self.words[begun + 1 : self.at - 1])

    def condition(self) -> str:
        """Return the text of the group in parentheses here, and mark all of it as read."""
        inner = self.group()
        for word in inner:
            self._mark(word)
        return self.statement[inner[0].start : inner[-1].end] if inner else ""

    def _mark(self, word: Token) -> None:
        self.account.read(self.start + word.start, self.start + word.end)

    def listed(self) -> Iterator[Cursor]:
        """Return the elements of a list in parentheses."""
        yield from self.split(self.group())

    def rest(self) -> Iterator[Cursor]:
        """Return the elements of a list up to the end."""
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
        """Return names in parentheses. Raises NotReadError if an element is more than a name."""
        found = []
        for part in self.listed():
            found.append(part.name())
            part.end()
        return tuple(found)

    def shape(self) -> str:
        """Return the next words as one text, with quoted names as `"q"` and strings as `'s'`."""
        shown = {Kind.QUOTED: '"q"', Kind.STRING: "'s'"}
        return " ".join(shown.get(word.kind, word.text) for word in self.words[self.at : self.at + _LOOKED_AT])

    def _type_name(self) -> list[str]:
        is_quoted = self.more and self.words[self.at].kind is Kind.QUOTED
        if self.peek() in TYPE_ENDS:
            self.refuse("a type")
        parts = self.parts()
        is_byte = self.dialect.is_postgres and is_quoted and parts == ["char"]  # `"char"` is one byte, and no character
        return ['"char"'] if is_byte else parts

    def type(self) -> Type:
        """Read a type, up to the constraint after it."""
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
        """Return the text of a modifier, marked as read. For other systems it is unchanged, because it may contain
        strings."""
        for word in words:
            self._mark(word)
        if self.dialect.is_postgres or not words:
            return "".join(word.text for word in words)
        return self.statement[words[0].start : words[-1].end]

    def _angles(self) -> str:
        """Return `<string, array<int>>` as it is written."""
        begun, depth = self.at, 0
        while True:
            word = self.word()
            depth += word.text.count("<") - word.text.count(">") if word.kind is Kind.SIGN else 0
            if depth <= 0:
                return self.statement[self.words[begun].start : word.end]
