"""Reads Mermaid's `classDiagram`, line by line: classes with their attributes, and the relations between them.

Program elements (methods, visibility, inheritance) are skipped and listed, as for PlantUML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.drawing import Box, Cap, Line, Row, Seen
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.distinct import apart
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes import column_types, marks, rows, titles, vocabulary
from erd2dbt.read.boxes.cardinalities import cap_of, is_limit, limit_remark
from erd2dbt.read.boxes.program_words import INHERITED, VISIBILITY
from erd2dbt.read.mermaid.blocks import Block
from erd2dbt.read.text.accounting import Account

_NAME = r"(?:`[^`\n]+`|[^\W\d]\w*(?:[.-]\w+)*)"
_GENERIC = r"(?:~[^\s\"]*~)?"
_CLASS = re.compile(
    rf"class\s+(?P<name>{_NAME}){_GENERIC}\s*(?:\[\s*\"(?P<label>[^\"\n]*)\"\s*\])?(?P<rest>[^{{]*?)"
    rf"(?P<open>\{{(?P<inner>[^{{}}]*)(?P<close>\}})?)?\s*$"
)
_RELATION = re.compile(
    rf"(?P<left>{_NAME}){_GENERIC}\s*(?:\"(?P<left_many>[^\"]*)\"\s*)?(?P<left_cap><\||\(\)|[<*]|(?<=[\s\"])o)?"
    rf"(?P<line>--|\.\.)(?P<right_cap>\|>|\(\)|[>*]|o(?=[\s\"]))?\s*(?:\"(?P<right_many>[^\"]*)\"\s*)?"
    rf"(?P<right>{_NAME}){_GENERIC}\s*(?::\s*(?P<label>.*?))?\s*$"
)
_ADDED = re.compile(rf"(?P<name>{_NAME}){_GENERIC}\s*:(?!:)\s*(?P<member>\S.*)$")
_ANNOTATED = re.compile(rf"<<\s*(?P<kind>[\w -]+?)\s*>>\s*(?P<name>{_NAME})?\s*$")
_NAMESPACE = re.compile(r"namespace\s+(?P<name>\S+)\s*\{\s*$")
_MEMBER = re.compile(r"(?P<visible>[-+#~](?=\s*\w))?\s*(?P<body>.+?)\s*(?P<classified>(?<=[\w)~])[$*])?$")
_METHOD = re.compile(r"[^()]*\w\s*\((?!\s*\d)[^()]*\)\s*[$*]?\s*:?[\w<>\[\]~, .]*")
_PART = re.compile(r"\"[^\"\n]*\"|[\w.$]+|[^\w\s\"]+|\"")
_COMMENT = re.compile(r"%%[^\n]*")
_LOOKS = "how the diagram looks"
_NOTE = "a note"
_WHOLE = "how objects own or know one another, in a program"
_KINDLESS = ("interface", "service", "protocol", "exception", "annotation")
_IGNORED = (
    (r"(?:direction|style|classDef|cssClass|click|link|callback|accTitle|accDescr)\b.*", _LOOKS),
    (r"note\b.*", _NOTE),
)


@dataclass(slots=True)
class _Class:
    title: str
    span: Span
    rows: list[Row] = field(default_factory=list)
    kind: str | None = None  # its annotation: `enumeration`, `interface`
    group: str | None = None


@dataclass(slots=True)
class Classes:
    """The reader of one block. `boxes` and `lines` are complete after `read`."""

    account: Account
    block: Block
    found: dict[str, _Class] = field(default_factory=dict)
    drawn: list[tuple[re.Match[str], int]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    open: _Class | None = None

    def read(self) -> Classes:
        text, at = self.account.places.text, self.block.start
        for match in _COMMENT.finditer(text, at, self.block.end):
            self.account.ignore("a comment", *match.span())
        while at < self.block.end:
            below = text.find("\n", at, self.block.end)
            below = self.block.end if below < 0 else below
            said = _COMMENT.sub("", text[at:below])
            begin = at + len(said) - len(said.lstrip())
            if line := said.strip().rstrip(";").rstrip():
                self._line(begin, line)
            at = below + 1
        self.account.settle([match.span() for match in _PART.finditer(text, self.block.start, self.block.end)])
        return self

    def _line(self, start: int, line: str) -> None:
        if self.open is not None:
            self._inside(self.open, start, line)
        elif match := _CLASS.fullmatch(line):
            self._class(match, start)
        elif why := next((why for form, why in _IGNORED if re.fullmatch(form, line)), ""):
            self.account.ignore(why, start, start + len(line))
        elif match := _RELATION.fullmatch(line):
            self._relation(match, start)
        elif (match := _ANNOTATED.fullmatch(line)) and match["name"]:
            self._annotate(self._named(match["name"], start), match["kind"], start, line)
        elif match := _NAMESPACE.fullmatch(line):
            self.groups.append(match["name"])
            self.account.read(start, start + len(line))
        elif line == "}" and self.groups:
            self.groups.pop()
            self.account.read(start, start + 1)
        elif match := _ADDED.fullmatch(line):
            owner = self._named(match["name"], start)
            self.account.read(start, start + match.start("member"))
            self._inside(owner, start + match.start("member"), match["member"])

    def _class(self, match: re.Match[str], start: int) -> None:
        known = self._named(match["name"], start)
        known.title = match["label"] or known.title
        self.account.read(start, start + match.start("rest"))
        rest, at = match["rest"], start + match.start("rest")
        for part in re.finditer(r":::[\w-]+|<<\s*([\w -]+?)\s*>>", rest):
            if part[1]:
                self._annotate(known, part[1], at + part.start(), part[0])
            else:
                self.account.ignore(_LOOKS, at + part.start(), at + part.end())
        if match["open"]:
            self.account.read(start + match.start("open"), start + match.start("open") + 1)
            self._members(known, start + match.start("inner"), match["inner"])
            self.open = None if match["close"] else known
            if match["close"]:
                self.account.read(start + match.start("close"), start + match.end("close"))

    def _members(self, owner: _Class, start: int, text: str) -> None:
        """Read the members on the line of the brace."""
        if said := re.match(r"\s*(<<\s*([\w -]+?)\s*>>)", text):
            self._annotate(owner, said[2], start + said.start(1), said[1])
            start, text = start + said.end(), text[said.end() :]
        for member in re.finditer(r"[^;]+|;", text):
            begin = start + member.start() + len(member[0]) - len(member[0].lstrip())
            if member[0] == ";":
                self.account.read(begin, begin + 1)
            elif line := member[0].strip():
                self._inside(owner, begin, line)

    def _named(self, written: str, at: int) -> _Class:
        name = written.strip("`")
        group = self.groups[-1] if self.groups else None
        known = self.found.setdefault(name, _Class(name, self.account.places.span(at, at + len(written))))
        known.group = known.group or group
        return known

    def _annotate(self, owner: _Class, kind: str, start: int, line: str) -> None:
        owner.kind = kind.lower()
        if owner.kind in ("enumeration", "enum", *_KINDLESS):
            self.account.read(start, start + len(line))
        else:
            self.account.ignore("a stereotype", start, start + len(line))

    def _inside(self, owner: _Class, start: int, line: str) -> None:
        end = start + len(line)
        if line == "}":
            self.account.read(start, end)
            self.open = None
        elif (match := _ANNOTATED.fullmatch(line)) and not match["name"]:
            self._annotate(owner, match["kind"], start, line)
        elif _METHOD.fullmatch(line) and not column_types.is_type(re.sub(r"^[-+#~]?\s*[\w]+\s*:?\s*", "", line)):
            self.account.ignore("a method", start, end)
        elif row := self._row(start, line, is_value=owner.kind in ("enumeration", "enum")):
            owner.rows.append(row)
            self.account.read(start, end)
            self._ignore_groups(_MEMBER.fullmatch(line), start, ("visible", "classified"), VISIBILITY)

    def _row(self, start: int, line: str, *, is_value: bool) -> Row | None:
        """Read an attribute: `+String name`, `name: String`, `int id PK`. Class diagrams have the type first."""
        span = self.account.places.span(start, start + len(line))
        if is_value:
            word = line.split("=", maxsplit=1)[0].strip(" ,;\"'")
            return Row(name=word, spelling=word, span=span) if re.fullmatch(r"\w[\w .-]*", word) else None
        match = _MEMBER.fullmatch(line)
        if match is None:
            return None
        body = re.sub(r"~([^~]*)~", r"<\1>", match["body"])
        words, said = body.split(), list[str]()
        while len(words) > 1 and marks.of_cell(words[-1].strip("{}<>[]")) is not None:
            said.insert(0, words.pop())
        name, colon, kind = (part.strip() for part in " ".join(words).partition(":"))
        if not colon and len(words) == 2 and not _is_type_last(words):
            kind, name = words
        if kind and re.fullmatch(r"[\w.<>\[\]?,]+(?:\([\d, ]+\))?", kind):
            found = rows.parse(" ".join((name, *(f"[{one.strip('{}<>[]')}]" for one in said))), span)
            return replace(found.row, type=kind.rstrip("?").lower()) if found else None
        found = rows.parse(body, span)
        return found.row if found else None

    def _relation(self, match: re.Match[str], start: int) -> None:
        end = start + match.end()
        for side in ("left", "right"):
            self._named(match[side], start + match.start(side))
        if "|" in f"{match['left_cap']}{match['right_cap']}":
            self.account.leave(start, end, INHERITED)
        else:
            self.account.read(start, end)
            self._ignore_groups(match, start, ("left_cap", "right_cap"), _WHOLE)
            for side in ("left_many", "right_many"):
                if match[side] and is_limit(vocabulary.plain(match[side])):
                    self._ignore_groups(match, start, (side,), limit_remark(match[side]))
            self.drawn.append((match, start))

    def _ignore_groups(self, match: re.Match[str] | None, start: int, groups: tuple[str, ...], why: str) -> None:
        for group in groups:
            if match and match[group]:
                self.account.ignore(why, start + match.start(group), start + match.end(group))

    # -- what was read

    def boxes(self) -> Iterator[Box]:
        names = self._names()
        for name, one in self.found.items():
            is_listed = one.kind in ("enumeration", "enum")
            if one.kind in _KINDLESS and not one.rows:
                why = "it is of a program, and has no attributes"
                self.account.seen.append(Seen(kind=one.kind or "", why=why, span=one.span, text=one.title))
                continue
            read = titles.title(one.title)
            yield Box(
                name=names[name],
                title=f"«enumeration» {one.title}" if is_listed else one.title,
                span=one.span,
                table=read.exact if read and one.title == name else name if slug(name) != names[name] else None,
                rows=tuple(one.rows),
                group=one.group,
            )

    def lines(self) -> Iterator[Line]:
        names = self._names()
        for match, start in self.drawn:
            left, right = (self.found[match[side].strip("`")] for side in ("left", "right"))
            span = self.account.places.span(start, start + match.end())
            if any(one.kind in _KINDLESS and not one.rows for one in (left, right)):
                why = "it joins an interface, which is not an entity"
                self.account.seen.append(Seen(kind=f"line {span.line}", why=why, span=span, text=match[0]))
                continue
            many = {side: match[f"{side}_many"] for side in ("left", "right")}
            roles = [said for said in many.values() if said and _cap(said) is None]
            yield Line(
                left=names[match["left"].strip("`")],
                right=names[match["right"].strip("`")],
                span=span,
                left_cap=_cap(many["left"]),
                right_cap=_cap(many["right"]),
                label=" ".join(filter(None, (match["label"], *roles))),
                identifying=match["line"] == "--",
            )

    def _names(self) -> dict[str, str]:
        found: dict[str, str] = {}  # our name -> that of Mermaid
        for name, one in self.found.items():
            read = titles.title(one.title)
            found[apart(read.name if read else slug(one.title) or "entity", found.__contains__)] = name
        return {theirs: ours for ours, theirs in found.items()}


def _is_type_last(words: list[str]) -> bool:
    """Return whether the type is last, as in `id int`: the second word is a type and the first is not."""
    return column_types.is_type(words[1]) and not column_types.is_type(words[0])


def _cap(said: str | None) -> Cap | None:
    return cap_of(vocabulary.plain(said or ""))
