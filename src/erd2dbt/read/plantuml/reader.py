"""Reads PlantUML's text, line by line: entities and classes with their rows, and the lines between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Key, Line, Row, Seen
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.distinct import apart
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes import titles, vocabulary
from erd2dbt.read.boxes.cardinalities import cap_of, is_limit, limit_remark
from erd2dbt.read.boxes.merging import merged
from erd2dbt.read.boxes.program_words import INHERITED
from erd2dbt.read.boxes.rows import with_keys, without_key
from erd2dbt.read.plantuml.members import is_key_by_looks, macros_in, member
from erd2dbt.read.text.accounting import Account
from erd2dbt.read.text.places import Places

_KINDS = r"(?:abstract\s+class|entity|class|table|struct|object|dataclass|record|abstract)"
_FLAGS = re.DOTALL | re.MULTILINE | re.IGNORECASE
_BLOCK = re.compile(r"^[ \t]*@startuml\b[^\n]*\n(?P<inner>.*?)^[ \t]*@enduml\b", _FLAGS)
_FENCE = re.compile(r"^[ \t]*```+[ \t]*(?:plantuml|puml)[^\n]*\n(?P<inner>.*?)^[ \t]*```", _FLAGS)
_DRAWN = re.compile(
    rf"^[ \t]*(?:{_KINDS}|enum)\s+[\w\"]|^[ \t]*\w+\s*\((?:\"[^\"\n]*\"|[^)\n\"])*\)\s*\{{[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_STARTED = re.compile(r"@startuml\b|^[ \t]*```+[ \t]*(?:plantuml|puml)\b", re.IGNORECASE | re.MULTILINE)
_NAME = r"(?:\"[^\"]+\"|[\w.$]+)"
_HEAD = re.compile(
    rf"(?P<kind>{_KINDS}|enum)\s+(?P<first>{_NAME})(?:\s+as\s+(?P<second>{_NAME}))?(?P<rest>[^{{]*?)(?P<open>\{{(?P<close>\s*\}})?)?\s*$",
    re.IGNORECASE,
)
_MADE = re.compile(
    rf"(?P<macro>\w+)\s*\(\s*(?P<first>{_NAME})\s*(?:,\s*(?P<second>\"[^\"]*\"|[^,()]*?)\s*)?\)(?P<rest>[^{{]*?)(?P<open>\{{(?P<close>\s*\}})?)\s*$"
)
_AT = r"(?P<{0}>\"[^\"]+\"|[\w.$]+)(?:::(?P<{0}_row>\"[^\"]+\"|\w+))?"
_RELATION = re.compile(
    rf"{_AT.format('left')}\s*(?:\"(?P<left_many>[^\"]*)\"\s*)?"
    r"(?P<left_cap>\|o|\|\||\}o|\}\||\}|<\|?|\*|\+|#|\^|\||(?<=\s)[ox])?"
    r"(?P<line>[-.=]+(?:\[[^\]\n]*\])?(?:(?:left|right|up|down|le|ri|do|[udlr])?(?:\[[^\]\n]*\])?[-.=]+)?)"
    r"(?P<right_cap>o\||\|\||o\{|\|\{|\{|\|?>|\*|\+|#|\^|\||[ox](?=\s))?"
    rf"\s*(?:\"(?P<right_many>[^\"]*)\"\s*)?{_AT.format('right')}\s*(?::\s*(?P<label>.*?))?\s*$"
)
_ADDED = re.compile(rf"(?P<name>{_NAME})\s*:\s*(?P<member>\S.*)$")
_CAPS = {
    "||": Cap.ONLY_ONE, "|o": Cap.ZERO_OR_ONE, "o|": Cap.ZERO_OR_ONE, "}o": Cap.ZERO_OR_MANY, "o{": Cap.ZERO_OR_MANY,
    "}|": Cap.ONE_OR_MANY, "|{": Cap.ONE_OR_MANY, "}": Cap.MANY, "{": Cap.MANY, "|": Cap.ONE,
}  # fmt: skip
_BETWEEN = re.compile(  # an association class: one row for each pair
    rf"\(\s*(?P<left>{_NAME})\s*,\s*(?P<right>{_NAME})\s*\)\s*[-.]+\s*(?P<name>{_NAME})\s*$"
    rf"|(?P<name_>{_NAME})\s*[-.]+\s*\(\s*(?P<left_>{_NAME})\s*,\s*(?P<right_>{_NAME})\s*\)\s*$"
)
_EXTENDS = re.compile(rf"\b(?:extends|implements)\s+{_NAME}(?:\s*,\s*{_NAME})*", re.IGNORECASE)
_SEPARATOR = re.compile(r"(--|\.\.|==|__)(?:.*\1)?\s*$")
_LOOKS = "how the diagram looks"
_NOTE = "a note"
_NOTE_NAMED = re.compile(r"(?:floating\s+)?note\s+(?:\".*\"\s+)?as\s+(\w+)", re.IGNORECASE)
_MACRO = "a macro"
_KINDLESS = "a class without rows"
_IGNORED = (
    (r"(?:skinparam|hide|show|scale|left\s+to\s+right|top\s+to\s+bottom|set\s|!theme|!pragma|newpage|remove|restore|sprite|"
     r"allowmixing|allow_mixing|mainframe|page|autonumber)\b.*", _LOOKS),
    (r"(?:header|footer|caption)\s+\S.*", _NOTE),
    (r"note\s+(?:left|right|top|bottom|on|as|\").*:\s*.*|note\s+\".*\"\s+as\s+\w+", _NOTE),
    (r"!(?:define|function|procedure|unquoted|return|endfunction|endprocedure|\$|if|else|endif|elseif|log|undef|ifdef|ifndef).*",
     _MACRO),
    (r"(?:interface|annotation|protocol|exception|metaclass|stereotype|circle|diamond|\(\))\s+[^{]*", _KINDLESS),
    (r"(?:endlegend|end\s+(?:note|legend|header|footer|title))", _NOTE),
)  # fmt: skip
_SPANS = (
    (r"(?:skinparam\b.*\{|<style>)\s*$", r"^\s*(?:\}|</style>)\s*$", _LOOKS),
    (r"(?:legend|header|footer|title|caption)(?:\s+(?:left|right|top|bottom|center))*\s*$",
     r"^\s*(?:endlegend|end\s*(?:legend|header|footer|title|caption))\s*$", _NOTE),
    (r"(?:floating\s+)?note\b(?!.*:\s*\S)[^\"]*(?:\bas\b.*)?$", r"^\s*end\s*note\s*$", _NOTE),
    (r"(?:interface|annotation|protocol|exception|metaclass|stereotype)\b.*\{\s*$", r"^\s*\}\s*$", _KINDLESS),
)  # fmt: skip
_GROUPS = re.compile(
    r"(?P<kind>package|namespace|rectangle|frame|folder|database|node|cloud|together|component|card)\b\s*"
    rf"(?P<name>{_NAME})?(?:\s+as\s+\w+)?(?P<rest>[^{{]*)\{{\s*$",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"^[ \t]*'[^\n]*|/'.*?'/", re.DOTALL | re.MULTILINE)
_ENUMERATION = re.compile(r"<<\s*enum(?:eration)?\s*>>", re.IGNORECASE)
_COLOUR = re.compile(r"#([0-9a-fA-F]{6})\b")
_PART = re.compile(r"\"[^\"\n]*\"|[\w.$]+|[^\w\s\"]+|\"")


def is_plantuml(text: str) -> bool:
    return _STARTED.search(text) is not None and _DRAWN.search(text) is not None


def read_plantuml(text: str, file: str) -> Diagram:
    """Return the diagram of all blocks of a file. Raises ErdError E056 when two entities have the same name and
    differ."""
    account = Account(Places(file, text))
    reader = _Reader(account)
    for start, end in _blocks(text):
        reader.read(start, end)
    account.close()
    boxes, lines = reader.boxes(), tuple(reader.lines())
    diagram = Diagram(file=file, title=reader.title, boxes=boxes, lines=lines, seen=tuple(account.seen))
    return merged(replace(diagram, parts=account.parts))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Return the positions of the blocks. A block without an end continues to the end of the file."""
    blocks = [*_BLOCK.finditer(text)] or [*_FENCE.finditer(text)]
    yield from (match.span("inner") for match in blocks)
    if not blocks:
        begun = _STARTED.search(text)
        yield (text.find("\n", begun.start()) if begun else 0), len(text)


@dataclass(slots=True)
class _Entity:
    """An entity so far. `above`: its rows before the first dividing line."""

    title: str
    span: Span
    kind: str = "entity"
    rows: list[Row] = field(default_factory=list)
    looks: set[str] = field(default_factory=set)  # rows below the line that are formatted like a key
    above: int | None = None
    group: str | None = None
    color: str | None = None
    description: str | None = None
    values: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    account: Account
    entities: dict[str, _Entity] = field(default_factory=dict)  # by alias
    drawn: list[tuple[re.Match[str], Span]] = field(default_factory=list)
    between: list[tuple[str, str, Span]] = field(default_factory=list)  # (association class, the classes it joins)
    groups: list[str] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)  # their aliases
    macros: dict[str, str] = field(default_factory=dict)
    title: str | None = None
    open: _Entity | None = None
    until: tuple[re.Pattern[str], str] | None = None

    def read(self, start: int, end: int) -> None:
        text = self.account.places.text[:end]
        for name, marks in macros_in(text):
            self.macros[name] = marks
        for match in _COMMENT.finditer(text, start):
            self.account.ignore("a comment", *match.span())
        at = start
        while at < end:
            below = text.find("\n", at)
            below = end if below < 0 else below
            self._physical(at, below)
            at = below + 1
        self.account.settle([match.span() for match in _PART.finditer(text, start)])
        self.open, self.until = None, None
        self.groups.clear()

    def _physical(self, start: int, end: int) -> None:
        """Return a line of the file without surrounding blanks and without comments."""
        said = self.account.places.text[start:end]
        begin = start + len(said) - len(said.lstrip())
        line = said.strip()
        if line and not line.startswith(("'", "/'")):
            self._line(begin, begin + len(line), line)

    def _line(self, start: int, end: int, line: str) -> None:
        if self.until:
            closes, why = self.until
            self.account.ignore(why, start, end)
            self.until = None if closes.match(line) else self.until
        elif self.open is not None:
            self._in_entity(self.open, start, end, line)
        else:
            self._statement(start, end, line)

    def _statement(self, start: int, end: int, line: str) -> None:
        if match := _HEAD.fullmatch(line):
            self._head(match, start)
        elif (match := _RELATION.fullmatch(line)) and not line.lower().startswith("note "):
            if {match["left"], match["right"]} & self.notes:
                self.account.ignore(_NOTE, start, end)
            else:
                self._relation(match, start, end)
        elif self._is_ignored(start, end, line):
            pass
        elif (match := _MADE.fullmatch(line)) and match["macro"] in self.macros:
            self._head(match, start)
        elif line == "}" and self.groups:
            self.groups.pop()
            self.account.read(start, end)
        elif match := _GROUPS.fullmatch(line):
            self._group(match, start, end)
        else:
            self._rare_statement(start, end, line)

    def _rare_statement(self, start: int, end: int, line: str) -> None:
        if match := re.fullmatch(r"title\s+(\S.*)", line, re.IGNORECASE):
            self.title = self.title or match[1].strip()
            self.account.read(start, end)
        elif match := _BETWEEN.fullmatch(line):
            self._pairs(match, start, end)
        elif match := _ADDED.fullmatch(line):
            self._added(match, start)

    def _pairs(self, match: re.Match[str], start: int, end: int) -> None:
        """Read `(Student, Course) .. Enrollment`: each row of the association class belongs to one row of each
        class."""
        name, left, right = ((match[end] or match[f"{end}_"]).strip('"') for end in ("name", "left", "right"))
        for one in (name, left, right):
            self._entity(one, one, start)
        self.account.read(start, end)
        span = self.account.places.span(start, end)
        self.between += [(name, other, span) for other in (left, right)]

    def _is_ignored(self, start: int, end: int, line: str) -> bool:
        if match := _NOTE_NAMED.match(line):
            self.notes.add(match[1])
        for form, closes, why in _SPANS:
            if re.fullmatch(form, line, re.IGNORECASE):
                self.until = re.compile(closes, re.IGNORECASE), why
                self.account.ignore(why, start, end)
                return True
        why = next((why for form, why in _IGNORED if re.fullmatch(form, line, re.IGNORECASE)), "")
        if why:
            self.account.ignore(why, start, end)
        return bool(why)

    # -- entities

    def _head(self, match: re.Match[str], start: int) -> None:
        names = match.groupdict()
        first, second = names["first"], (names["second"] or "").strip() or None
        shown, alias = (first, second or first) if first.startswith('"') else (second or first, first)
        known = self._entity(alias.strip('"'), shown.strip('"'), start + match.start("first"))
        known.kind = (names.get("kind") or "table").lower()
        if known.kind == "enum":
            known.values = known.values or []
        rest, at = match["rest"], start + match.start("rest")
        for part in _EXTENDS.finditer(rest):
            self.account.leave(at + part.start(), at + part.end(), INHERITED)
        for part in re.finditer(r"<<.*?>>|#\S+|\[\[.*?\]\]|\$\w+|<[\w ,]+>", rest):
            known.color = known.color or (f"#{found[1].lower()}" if (found := _COLOUR.search(part[0])) else None)
            if _ENUMERATION.fullmatch(part[0]):
                known.kind = "enum"
                self.account.read(at + part.start(), at + part.end())
                continue
            self.account.ignore(
                "a stereotype" if part[0].startswith("<<") else _LOOKS, at + part.start(), at + part.end()
            )
        self.account.read(start, at)
        if match["open"]:
            self.account.read(start + match.start("open"), start + match.end("open"))
            self.open = None if match["close"] else known

    def _entity(self, alias: str, shown: str, at: int) -> _Entity:
        title, *more = re.split(r"\\n", shown)
        known = self.entities.setdefault(alias, _Entity(title.strip(), self.account.places.span(at)))
        if more:
            known.description = " ".join(part.strip(" ()") for part in more)
        known.group = known.group or next((name for name in reversed(self.groups) if name), None)
        return known

    def _in_entity(self, entity: _Entity, start: int, end: int, line: str) -> None:
        if line == "}":
            self.account.read(start, end)
            self.open = None
        elif _SEPARATOR.fullmatch(line):
            if entity.above is None and entity.kind in ("entity", "table"):
                entity.above = len(entity.rows)
                self.account.read(start, end)
            else:
                self.account.ignore(_LOOKS, start, end)
        elif entity.kind == "enum":
            self.account.read(start, end)
            entity.values.append(line.split("=", maxsplit=1)[0].strip().strip(',"'))
        elif row := member(self.account, start, end, self.macros):
            entity.rows.append(row)
            entity.looks |= {row.name} if entity.above and is_key_by_looks(line) else set()

    def _added(self, match: re.Match[str], start: int) -> None:
        """Read `orders : total numeric`, a member outside the braces."""
        name = match["name"].strip('"')
        row = member(self.account, start + match.start("member"), start + match.end("member"), self.macros)
        if row:
            self.account.read(start, start + match.start("member"))
            self._entity(name, name, start).rows.append(row)

    def _group(self, match: re.Match[str], start: int, end: int) -> None:
        self.groups.append((match["name"] or "").strip('"'))
        self.account.read(start, end)

    def boxes(self) -> tuple[Box, ...]:
        names = self._names()
        idle = [one for one in self.entities.values() if one.kind == "enum" and not self._is_type(one)]
        for entity in idle:
            why = "no attribute is of this enumeration"
            self.account.seen.append(
                Seen(kind=f"line {entity.span.line}", why=why, span=entity.span, text=entity.title)
            )
        values = {
            entity.title.lower(): tuple(entity.values) for entity in self.entities.values() if entity.kind == "enum"
        }
        return tuple(
            self._box(entity, names[alias], values) for alias, entity in self.entities.items() if entity.kind != "enum"
        )

    def _is_type(self, enum: _Entity) -> bool:
        return any(row.type == enum.title.lower() for one in self.entities.values() for row in one.rows)

    def _box(self, entity: _Entity, name: str, values: dict[str, tuple[str, ...]]) -> Box:
        rows = [
            replace(row, type="text", values=values[row.type]) if row.type in values else row for row in entity.rows
        ]
        is_marked = any(row.has(Key.PK) and row.name not in entity.looks for row in rows)
        if is_marked:  # then bold and underlined text has no meaning
            rows = [without_key(row) if row.name in entity.looks else row for row in rows]
        is_marked = any(row.has(Key.PK) for row in rows)
        if entity.above and entity.above < len(rows) and not is_marked:
            rows = [with_keys(row, [Key.PK]) if at < entity.above else row for at, row in enumerate(rows)]
        read = titles.title(entity.title)
        return Box(
            name=name,
            title=entity.title,
            span=entity.span,
            schema=read.schema if read else None,
            table=read.exact if read else None,
            rows=tuple(rows),
            group=entity.group,
            color=entity.color,
            description=entity.description,
        )

    def _names(self) -> dict[str, str]:
        """Return alias -> our name. Names that differ only in special characters get a number."""
        found: dict[str, str] = {}
        for alias, entity in self.entities.items():
            if entity.kind != "enum":
                read = titles.title(entity.title) or titles.title(alias)
                name = read.name if read else slug(alias) or "entity"
                found[apart(name, found.__contains__)] = alias
        return {alias: name for name, alias in found.items()}

    # -- lines

    def _relation(self, match: re.Match[str], start: int, end: int) -> None:
        caps = (match["left_cap"] or "", match["right_cap"] or "")
        if "hidden" in match["line"]:
            self.account.ignore(_LOOKS, start, end)
        elif any("|" in cap and ("<" in cap or ">" in cap) for cap in caps) or "^" in caps:
            self.account.leave(start, end, INHERITED)
        else:
            self.account.read(start, end)
            self.drawn.append((match, self.account.places.span(start, end)))
            for side in ("left_many", "right_many"):
                if match[side] and is_limit(_plain(match[side])):
                    self.account.ignore(limit_remark(match[side]), start + match.start(side), start + match.end(side))
        for side in ("left", "right"):
            self._entity(match[side].strip('"'), match[side].strip('"'), start + match.start(side))

    def lines(self) -> Iterator[Line]:
        names = self._names()
        for name, other, span in self.between:
            yield Line(
                left=names[name], right=names[other], span=span, left_cap=Cap.ZERO_OR_MANY, right_cap=Cap.ONLY_ONE
            )
        for match, span in self.drawn:
            left, right = (names.get(match[side].strip('"')) for side in ("left", "right"))
            if left is None or right is None:
                why = "it joins an enumeration, which is not an entity"
                self.account.leave(*_place(span, match, self.account), why)
                continue
            yield Line(
                left=left,
                right=right,
                span=span,
                left_cap=_cap(match["left_cap"], match["left_many"]),
                right_cap=_cap(match["right_cap"], match["right_many"]),
                label=_label(match),
                identifying="." not in match["line"],
                left_row=(match["left_row"] or "").strip('"') or None,
                right_row=(match["right_row"] or "").strip('"') or None,
            )


def _place(span: Span, match: re.Match[str], account: Account) -> tuple[int, int]:
    """Return the place of a diagram's line in the text."""
    start = account.places.starts[span.line - 1] + span.column - 1
    return start, start + len(match[0])


def _plain(many: str | None) -> str:
    """Return a multiplicity as `cap_of` reads it. `0,1` is `0..1` here."""
    return vocabulary.plain(many or "").replace(",", "..")


def _cap(sign: str | None, many: str | None) -> Cap | None:
    return cap_of(_plain(many)) or _CAPS.get(sign or "")


def _label(match: re.Match[str]) -> str:
    """Return the label without quotes and direction arrow. Roles at the ends are part of it."""
    said = re.sub(r"^\s*<(?=\s|$)|(?<=\s)>\s*$|^\s*>\s|\s<\s*$", "", match["label"] or "").strip().strip('"')
    others = [match[end] for end in ("left_many", "right_many") if match[end] and cap_of(_plain(match[end])) is None]
    return " ".join(filter(None, (said.replace("\\n", " "), *others)))
