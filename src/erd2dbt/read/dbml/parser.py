"""A recursive-descent parser of DBML as dbdiagram documents it. It reports a fault where a text does not parse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from erd2dbt.faults.diagnostics import Collector
from erd2dbt.read.dbml.cursor import Cursor, RefusedError
from erd2dbt.read.dbml.grammar import SETTINGS, Document, Endpoint, Partial, Ref, Relation
from erd2dbt.read.dbml.words import Kind, Word
from erd2dbt.read.relational.values import PUBLIC, Column, OwnType, Rule, Table, Type
from erd2dbt.read.text.accounting import Account
from erd2dbt.sql.checks import check_of

_ARRAY = re.compile(r"(?:\[\d*\])+$")
_FIX = "see https://dbml.dbdiagram.io/docs for what is allowed here"
_KEY = {"pk", "primary key"}
_RELATIONS = ("<>", "<", ">", "-")
_ELEMENTS = (
    "table", "ref", "enum", "tablegroup", "project", "note", "tablepartial", "records", "diagramview", "use", "reuse",
    "dep", "metadata",
)  # fmt: skip


@dataclass(slots=True)
class _Settings:
    """The settings in brackets: flags and values, in lower case, and references."""

    said: dict[str, str | None] = field(default_factory=dict)
    refs: list[tuple[Relation, Endpoint]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


def parse(account: Account, faults: Collector) -> Document:
    """Return all elements. Each that does not parse is fault E058, and parsing continues at the next one."""
    return _Parser(account, faults).document()


class _Parser(Cursor):
    """The parser. `at` is the current word; a method that returns has moved behind the words that it read."""

    def __init__(self, account: Account, faults: Collector) -> None:
        super().__init__(account)
        self.faults, self.found = faults, Document()

    def document(self) -> Document:
        self._lines()
        while self._here.kind is not Kind.END:
            begun = self.at
            try:
                self._element()
            except RefusedError as refused:
                word = refused.word
                self.faults.add("E058", str(refused), self.places.span(word.start, word.end), fixes=[_FIX])
                self._to_next_element(begun)
            self._lines()
        self.account.settle([(w.start, w.end) for w in self.words if w.kind not in (Kind.LINE, Kind.END)])
        return self.found

    def _element(self) -> None:
        word = self._here
        kind = word.text.lower() if word.kind is Kind.NAME else ""
        if kind not in _ELEMENTS:
            self._refuse("`Table`, `Ref`, `Enum`, `TableGroup`, `Project` or `Note`")
        self.at += 1
        if kind in ("table", "tablepartial"):
            self._table(is_partial=kind == "tablepartial")
        elif kind == "ref":
            self._refs()
        elif kind == "enum":
            self._enum()
        elif kind == "tablegroup":
            self._group()
        elif kind == "project":
            self._project()
        elif kind in ("use", "reuse"):
            self._use(word)
        else:
            self._passed_over(word, kind)

    # -- elements

    def _table(self, *, is_partial: bool) -> None:
        begun = self._here
        schema, name = self._qualified()
        table = Table(schema=schema, name=name, span=self.places.span(begun.start, begun.end))
        if self._is("as"):
            self.at += 1
            self.found.aliases[self._name()] = table.id
        said = self._settings("table").said
        table.description = said.get("note")
        table.group = None
        partial = Partial(table, is_part=is_partial)
        if is_partial:
            self.found.partials[name] = partial
        else:
            if table.id in self.found.tables:
                raise RefusedError(f"there is a table `{name}` already", begun)
            self.found.tables[table.id] = partial
        self._block(lambda: self._in_table(partial))

    def _in_table(self, partial: Partial) -> None:
        table, word, after = partial.table, self._here, self._ahead()
        if self._is("indexes") and after.text == "{":
            self.at += 1
            self._block(lambda: self._index(partial))
        elif self._is("checks") and after.text == "{":
            self.at += 1
            self._block(lambda: self._check(table))
        elif self._is("records") and after.text in ("{", "(") and after.kind is Kind.SIGN:
            kind = self._name()
            self._passed_over(word, kind.lower())
        elif self._is("note") and after.text in (":", "{"):
            self.at += 1
            table.description = self._note()
        elif self._take("~"):
            if partial.is_part:
                raise RefusedError("a partial includes no other", word)
            partial.includes.append((self._name(), len(table.columns)))
        else:
            self._column(partial)

    def _column(self, partial: Partial) -> None:
        table, begun = partial.table, self._here
        name = self._name()
        if name in table.columns:
            raise RefusedError(f"the column `{name}` appears twice", begun)
        span = self.places.span(begun.start, begun.end)
        column = Column(name=name, span=span, type=self._type())
        table.columns[name] = column
        flags = self._flags()
        settings = self._settings("column")
        said = {**flags, **settings.said}
        table.rules += settings.rules
        column.not_null = "not null" in said
        column.description = said.get("note")
        if said.keys() & _KEY:
            partial.marked.append(name)
        if "unique" in said:
            table.uniques.append((name,))
        for relation, other in settings.refs:
            partial.refs.append(Ref(Endpoint(None, table.name, (name,)), relation, other, span, is_inline=True))

    def _flags(self) -> dict[str, str | None]:
        """Parse `pk` and `unique` after the type, as older files have them."""
        found: dict[str, str | None] = {}
        while self._is("pk", "unique"):
            found[self._name().lower()] = None
        return found

    def _index(self, partial: Partial) -> None:
        table, columns = partial.table, list[str]()
        is_plain, begun = True, self.at
        if self._take("("):
            is_plain = self._indexed(columns)
        elif self._here.kind is Kind.EXPRESSION:
            is_plain = False
            self.at += 1
        else:
            columns.append(self._name())
        said = self._settings("index").said
        if not is_plain and said.keys() & {*_KEY, "unique"}:
            self._leave_from(begun, "what is unique is an expression: the spec has no words for it")
        if is_plain and said.keys() & _KEY:
            table.key = tuple(columns)
        elif is_plain and "unique" in said:
            table.uniques.append(tuple(columns))

    def _indexed(self, columns: list[str]) -> bool:
        """Return the columns in parentheses, after the opening one, and whether none of them is an expression."""
        is_plain, is_more = True, True
        while is_more:
            self._lines()
            if self._here.kind is Kind.EXPRESSION:
                is_plain = False
                self.at += 1
            else:
                columns.append(self._name())
            self._lines()
            is_more = self._take(",")
        self._want(")")
        return is_plain

    def _check(self, table: Table) -> None:
        begun = self._here
        if begun.kind is not Kind.EXPRESSION:
            self._refuse("a condition in backticks")
        self.at += 1
        span = self.places.span(begun.start, begun.end)
        table.rules.append(Rule(text=begun.text, span=span, said=check_of(begun.text)))
        self._settings("check")

    def _enum(self) -> None:
        schema, name = self._qualified()
        values: list[str] = []

        def value() -> None:
            values.append(self._name())
            self._settings("value")

        self._block(value)
        self.found.types[schema, name] = OwnType(schema=schema, name=name, values=tuple(values))

    def _group(self) -> None:
        begun = self._here
        name = self._name()
        said = self._settings("group").said
        notes = [said.get("note")]

        def member() -> None:
            if self._is("note") and self._ahead().text in (":", "{"):
                self.at += 1
                notes.append(self._note())
            else:
                self.found.groups.append((self._qualified(), name))

        self._block(member)
        for note in notes:
            if note:
                self._leave(begun, "note", note)

    def _project(self) -> None:
        if not self._sign("{"):
            self.found.title = self._name()
        self._block(self._in_project)

    def _in_project(self) -> None:
        begun = self._here
        if self._is("note") and self._ahead().text in (":", "{"):
            self.at += 1
            self._leave(begun, "note", self._note())
            return
        if self._is("table", "enum", "ref", "tablegroup") and self._ahead().text != ":":
            self._element()
            return
        while self._here.kind is not Kind.LINE and not self._sign("}"):
            if self._sign("{"):
                self._braces()
                continue
            if self._here.kind is Kind.END:
                self._refuse("the end of the line")
            self.at += 1
        self.account.ignore("a setting of the project", begun.start, self.words[self.at - 1].end)

    def _passed_over(self, begun: Word, kind: str) -> None:
        """Skip a sticky note, rows, a view of the diagram or a lineage: they are not part of the schema, but are
        reported."""
        ends = (Kind.END, Kind.LINE) if self._sign(":") else (Kind.END,)
        while not self._sign("{") and self._here.kind not in ends:
            self.at += 1
        opened = self.at
        if self._here.kind is not Kind.LINE:
            self._braces()
        texts = [word.text for word in self.words[opened : self.at] if word.kind is Kind.STRING]
        self._leave(begun, kind, texts[0] if kind == "note" and texts else "")

    def _leave(self, begun: Word, kind: str, text: str = "") -> None:
        """Record the words up to here as not part of the schema; the reader reports them."""
        self.account.pass_over(begun.start, self.words[self.at - 1].end)
        self.found.passed.append((kind, self.places.span(begun.start, begun.end), text))

    def _use(self, word: Word) -> None:
        """Parse `use * from './base'` or `use { table users } from './base'`."""
        while not self._is("from") and self._here.kind is not Kind.END:
            self.at += 1
        if self._is("from"):
            self.at += 1
            self.found.uses.append((self._string(), self.places.span(word.start, word.end)))
            self.account.pass_over(word.start, self.words[self.at - 1].end)
            return
        raise RefusedError(f"`{word.text}` names no file", word)

    def _refs(self) -> None:
        if self._here.text not in (":", "{"):
            self._name()
        if self._take(":"):
            self._lines()
            self._ref()
            return
        self._block(self._ref)

    def _ref(self) -> None:
        begun = self._here
        left = self._endpoint()
        relation = self._relation()
        right = self._endpoint()
        self._settings("ref")
        span = self.places.span(begun.start, begun.end)
        self.found.refs.append(Ref(left, relation, right, span))

    # -- their parts

    def _relation(self) -> Relation:
        """Parse `>`, or `?>?`, whose question marks show which end is optional."""
        left = self._take("?")
        if self._here.text not in _RELATIONS or self._here.kind is not Kind.SIGN:
            self._refuse("one of `<`, `>`, `-`, `<>`")
        self.at += 1
        return Relation(self.words[self.at - 1].text, left, self._take("?"))

    def _endpoint(self, *, is_inline: bool = False) -> Endpoint:
        """Parse `schema.table.column` or `table.(a, b)`. A `column` alone belongs to the enclosing table."""
        begun, parts = self._here, [self._name()]
        while self._take("."):
            if not self._take("("):
                parts.append(self._name())
                continue
            columns = [self._name()]
            while self._take(","):
                columns.append(self._name())
            self._want(")")
            return Endpoint(parts[-2] if len(parts) > 1 else None, parts[-1], tuple(columns))
        if len(parts) < 2 and is_inline:
            return Endpoint(None, "", (parts[0],))
        if len(parts) < 2:
            raise RefusedError(f"`{parts[0]}` names no column: expected `table.column`", begun)
        return Endpoint(parts[-3] if len(parts) > 2 else None, parts[-2], (parts[-1],))

    def _type(self) -> Type:
        """Parse a type: `varchar(20)`, `public.status`, `"character varying(15)"`, `int[]`."""
        word = self._here
        parts = [self._name()]
        while self._take("."):
            parts.append(self._name())
        is_quoted = self.words[self.at - 1].kind is Kind.QUOTED
        schema = parts[-2] if len(parts) > 1 else None
        modifier, array = "", False
        if self._here.text == "(" and self._here.kind is Kind.SIGN:
            begun = self.at
            while self._here.text != ")":
                if self._here.kind in (Kind.LINE, Kind.END):
                    raise RefusedError("the parenthesis of a type has no end", word)
                self.at += 1
            self.at += 1
            modifier = self.places.text[self.words[begun].start : self.words[self.at - 1].end]
        while bounds := self._bounds():
            self.at += bounds
            array = True
        name = parts[-1]
        if is_quoted and _ARRAY.search(name):
            name, array = _ARRAY.sub("", name), True
        return Type(name=name, schema=schema, modifier=modifier, array=array)

    def _bounds(self) -> int:
        """Return the number of words of `[]` or `[3]` here; 0 if there is none."""
        if not self._sign("["):
            return 0
        ahead = [word.text for word in self.words[self.at + 1 : self.at + 3]]
        return 2 if ahead[0] == "]" else 3 if ahead[0].isdecimal() and ahead[-1] == "]" else 0

    def _settings(self, owner: str) -> _Settings:
        """Parse `[pk, not null, ref: > users.id, default: `now()`]`, if present. `SETTINGS` lists the settings of
        `owner`."""
        found, opened = _Settings(), self._here
        if not self._take("["):
            return found
        self._lines()
        while not self._take("]"):
            if self._here.kind in (Kind.END, Kind.WRONG) or self._here.text in ("{", "}", "["):
                raise RefusedError("these settings have no end", opened)
            self._setting(found, opened, owner)
            self._lines()
            if not self._take(",") and self._here.text != "]" and not self._is_behind_text(SETTINGS[owner]):
                self._refuse("`,` or `]`")
            self._lines()
        return found

    def _is_behind_text(self, known: Mapping[str, str | None]) -> bool:
        """Return whether a setting follows a quoted text without a comma, as drawDB writes it: `name: 'by_email'
        unique`."""
        if self.at == 0 or self.words[self.at - 1].kind is not Kind.STRING or self._here.kind is not Kind.NAME:
            return False
        words = [word.text.lower() for word in self.words[self.at : self.at + 2]]
        return words[0] in known or " ".join(words) in known

    def _setting(self, found: _Settings, opened: Word, owner: str) -> None:
        begun, flag = self.at, list[str]()
        while self._here.kind in (Kind.NAME, Kind.QUOTED, Kind.STRING, Kind.EXPRESSION):
            flag.append(self._here.text)
            self.at += 1
        if not flag:
            self._refuse("a setting")
        key, known = " ".join(flag).lower(), SETTINGS[owner]
        if key not in known and any(word.lower() in known for word in flag) and len(flag) > 1:
            raise RefusedError(f"`{key}` is not a setting; settings are separated by commas", self.words[begun])
        if not self._take(":"):
            found.said[key] = None
        elif key == "ref":
            self._lines()
            found.refs.append((self._relation(), self._endpoint(is_inline=True)))
        else:
            self._lines()
            found.said[key] = self._value(opened, known)
        self._account_setting(found, key, begun, known)

    def _value(self, opened: Word, known: Mapping[str, str | None]) -> str:
        """Parse the value after a setting's colon. A `known` setting may follow a quoted text directly."""
        value: list[str] = []
        while not self._sign(",") and not self._sign("]") and self._here.kind is not Kind.LINE:
            if self._here.kind in (Kind.END, Kind.WRONG):
                raise RefusedError("these settings have no end", opened)
            if self._sign(":"):
                self._refuse("`,`")
            if value and self._is_behind_text(known):
                break
            if value and self.words[self.at - 1].kind is Kind.STRING and self._here.kind is Kind.NAME:
                self._refuse("`,`")
            value.append(self._here.text)
            self.at += 1
        return " ".join(value)

    def _account_setting(self, found: _Settings, key: str, begun: int, known: Mapping[str, str | None]) -> None:
        place = self.words[begun].start, self.words[self.at - 1].end
        if key == "check":
            text = found.said[key] or ""
            found.rules.append(Rule(text=text, span=self.places.span(*place), said=check_of(text)))
        elif key not in known:
            self.account.leave(*place, "this setting is not known", unread=True)
        elif why := known[key]:
            self.account.ignore(why, *place)

    def _leave_from(self, begun: int, why: str) -> None:
        self.account.leave(self.words[begun].start, self.words[self.at - 1].end, why)

    def _note(self) -> str:
        """Parse the text after `Note`: behind a colon, or in braces."""
        if self._take(":"):
            self._lines()
            return self._string()
        self._want("{")
        self._lines()
        said = self._string()
        self._lines()
        self._want("}")
        return said

    def _string(self) -> str:
        if self._here.kind not in (Kind.STRING, Kind.QUOTED):
            self._refuse("a text in quotes")
        self.at += 1
        return self.words[self.at - 1].text

    def _block(self, entry: object) -> None:
        """Parse entries in braces, each on its own lines."""
        assert callable(entry)
        self._lines()
        opened = self._here
        self._want("{")
        self._lines()
        while not self._take("}"):
            if self._here.kind is Kind.END:
                raise RefusedError("this brace has no end", opened)
            entry()
            if self._here.kind is not Kind.LINE and self._here.text != "}":
                self._refuse("the end of the line")
            self._lines()

    def _braces(self) -> None:
        """Skip everything in braces."""
        self._lines()
        opened, depth = self._here, 0
        while True:
            word = self._here
            if word.kind is Kind.END:
                raise RefusedError("this brace has no end", opened)
            if word.kind is Kind.SIGN:
                depth += {"{": 1, "}": -1}.get(word.text, 0)
            self.at += 1
            if depth == 0:
                return

    def _qualified(self) -> tuple[str, str]:
        parts = [self._name()]
        while self._take("."):
            parts.append(self._name())
        return (parts[-2] if len(parts) > 1 else PUBLIC), parts[-1]

    def _name(self) -> str:
        if self._here.kind not in (Kind.NAME, Kind.QUOTED):
            self._refuse("a name")
        self.at += 1
        return self.words[self.at - 1].text

    def _to_next_element(self, begun: int) -> None:
        """Move to the next line that begins as an element does."""
        self.at = max(self.at, begun + 1)
        while self._here.kind is not Kind.END:
            if self.words[self.at - 1].kind is Kind.LINE and self._is(*_ELEMENTS) and self._starts_line():
                return
            self.at += 1

    def _starts_line(self) -> bool:
        """Return whether a word begins its line without indentation, as words outside blocks do."""
        start = self._here.start
        return start == 0 or self.places.text[start - 1] == "\n"
