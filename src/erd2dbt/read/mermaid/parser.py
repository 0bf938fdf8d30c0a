"""A recursive-descent parser of `erDiagram`; where Mermaid refuses a text, the place and what is wanted there."""

from __future__ import annotations

import re
from typing import NoReturn

from erd2dbt.diagnostics import Collector
from erd2dbt.diagram import Cap
from erd2dbt.read.mermaid.blocks import Block
from erd2dbt.read.mermaid.grammar import Attribute, Entity, ErDiagram, Relationship
from erd2dbt.read.places import Places

_BLANK = re.compile(r"(?:\s+|%%\{.*?\}%%|(?<![^\s;])%%[^\n]*)+", re.DOTALL)
_LINE_STATEMENT = re.compile(
    r"(?P<direction>direction\s+(?:TB|BT|LR|RL|TD)\b[^\n]*)"
    r"|accTitle\s*:[^\n]*|accDescr\s*:[^\n]*|accDescr\s*\{[^}]*\}?"
    r"|(?P<classdef>classDef\s+(?P<classes>[^\s;]+)\s+(?P<look>[^\n;]*);?)"
    r"|(?P<style>style\s+(?P<styled>[^\s;]+)\s+(?P<css>[^\n;]*);?)"
    r"|(?P<class>class\s+(?P<members>[^\n;]+?)\s+(?P<given>[^\s;,]+(?:\s*,\s*[^\s;,]+)*)[ \t]*;?(?=\n|$))",
    re.IGNORECASE,
)
_NAME = re.compile(r'"(?P<quoted>[^"%\r\n\v\b\\]+)"|(?P<bare>(?:[^\x00-\x7f]|\w|-(?!-)|\*|\.(?!\.))+)')
_LEFT_CAPS = (
    ("one or zero", Cap.ZERO_OR_ONE), ("one or more", Cap.ONE_OR_MANY), ("one or many", Cap.ONE_OR_MANY),
    ("1+", Cap.ONE_OR_MANY), ("|o", Cap.ZERO_OR_ONE), ("zero or one", Cap.ZERO_OR_ONE),
    ("zero or more", Cap.ZERO_OR_MANY), ("zero or many", Cap.ZERO_OR_MANY), ("0+", Cap.ZERO_OR_MANY),
    ("}o", Cap.ZERO_OR_MANY), ("many(0)", Cap.ZERO_OR_MANY), ("many(1)", Cap.ONE_OR_MANY), ("many", Cap.ZERO_OR_MANY),
    ("}|", Cap.ONE_OR_MANY), ("only one", Cap.ONLY_ONE), ("one", Cap.ONLY_ONE), ("1", Cap.ONLY_ONE),
    ("||", Cap.ONLY_ONE), ("o|", Cap.ZERO_OR_ONE), ("o{", Cap.ZERO_OR_MANY), ("|{", Cap.ONE_OR_MANY),
    ("u", Cap.ONLY_ONE),
)  # fmt: skip
_CAP_WORDS = dict(_LEFT_CAPS)
_CAP = re.compile(
    "|".join(
        re.escape(word).replace(r"\ ", r"\s+") + (r"(?!\w)" if word[-1].isalpha() and word not in ("|o", "}o") else "")
        for word, _ in _LEFT_CAPS
    ),
    re.IGNORECASE,
)
_LINE = re.compile(r"--|\.\.|\.-|-\.|optionally\s+to(?!\w)|to(?!\w)", re.IGNORECASE)
_ROLE = re.compile(r'"([^"]*)"|([^\n"{}]+?)(?=[ \t]*(?:\n|$|[ \t]%%))')
_CLASSES = re.compile(r":::[ \t]*([^\s,{:;]+(?:\s*,\s*[^\s,{:;]+)*)")
_TYPE = re.compile(r'[^\s~"{}]*~[^\n"]*~[^\s"{}]*|[^\s"{},(]+(?:\([^()\n"]*\))?[^\s"{},]*')
_KEY = re.compile(r"(?:PK|FK|UK)\b", re.IGNORECASE)
_COMMENT = re.compile(r'"([^"]*)"')


class _Refused(Exception):  # noqa: N818 - ends a statement, is never seen outside
    def __init__(self, message: str, at: int, fix: str) -> None:
        super().__init__(message)
        self.at, self.fix = at, fix


def parse(places: Places, block: Block, faults: Collector) -> ErDiagram:
    """One block; fault E052 for each statement that is none, and the next line goes on."""
    return _Parser(places, block, faults).document()


class _Parser:
    """`at` moves through the text; a method that returns has moved behind what it read."""

    def __init__(self, places: Places, block: Block, faults: Collector) -> None:
        self.places, self.text, self.at, self.end = places, places.text, block.start, block.end
        self.faults = faults
        self.found = ErDiagram(title=block.title, entities={}, relationships=[], class_styles={})

    def document(self) -> ErDiagram:
        self._skip()
        while self.at < self.end:
            begun = self.at
            try:
                self._statement()
            except _Refused as refused:
                self._tell(refused)
                self._to_next_line(begun)
            self._skip()
            while self._take(re.compile(";")):
                self._skip()
        return self.found

    def _statement(self) -> None:
        if match := self._take(_LINE_STATEMENT):
            self._look(match)
            return
        entity = self._entity("the name of an entity")
        self._skip()
        if self._take(re.compile(r"\{")):
            self._attributes(entity)
        elif self._peek(_CAP) or self._peek(re.compile(r"[|}]")):
            self._relationship(entity)

    def _look(self, match: re.Match[str]) -> None:
        """`classDef`, `style` and `class`: only colours matter, as signs of layers."""
        if match["classdef"]:
            for name in match["classes"].split(","):
                self.found.class_styles[name.strip()] = match["look"]
        elif match["style"]:
            for name in match["styled"].split(","):
                self._named(name.strip(), match.start()).styles.append(match["css"])
        elif match["class"]:
            for name in re.split(r"\s*,\s*", match["members"].strip()):
                self._named(name, match.start()).classes.extend(re.split(r"\s*,\s*", match["given"]))

    def _entity(self, wanted: str) -> Entity:
        """A name with its alias and classes, if any."""
        match = self._take(_NAME)
        if match is None:
            self._refuse(
                f"here stands `{self._word()}`, where {wanted} is wanted",
                "quote a name of other characters than letters, digits, `-` and `_`",
            )
        entity = self._named(match["quoted"] or match["bare"], match.start(), match.end())
        if self._take(re.compile(r"[ \t]*\[[ \t]*")):
            alias = self._take(_NAME)
            if alias is None or not self._take(re.compile(r"[ \t]*\]")):
                self._refuse(f"the alias of `{entity.name}` has no end", 'write `name["Alias"]`')
            entity.alias = alias["quoted"] or alias["bare"]
        mark = self.at
        self._skip()
        if classes := self._take(_CLASSES):
            entity.classes.extend(re.split(r"\s*,\s*", classes[1]))
        else:
            self.at = mark
        return entity

    def _named(self, name: str, start: int, end: int = 0) -> Entity:
        known = self.found.entities.get(name)
        if known is None:
            known = Entity(name=name, span=self.places.span(start, end), attributes=[], classes=[], styles=[])
            self.found.entities[name] = known
        return known

    def _relationship(self, left: Entity) -> None:
        begun = self.at
        left_cap = self._cap()
        self._skip()
        line = self._take(_LINE)
        if line is None:
            self._refuse(
                f"`{self._word()}` is no line between `{left.name}` and another entity",
                "write `--`, `..`, `to` or `optionally to`",
            )
        self._skip()
        right_cap = self._cap()
        span = self.places.span(begun, self.at)
        self._skip()
        right = self._entity("the second entity")
        self._skip()
        self.found.relationships.append(
            Relationship(
                left=left.name,
                left_cap=left_cap,
                right_cap=right_cap,
                right=right.name,
                identifying=line[0].lower() in ("--", "to"),
                role=self._role(),
                span=span,
            )
        )

    def _cap(self) -> Cap:
        match = self._take(_CAP)
        if match is None:
            self._refuse(
                f"`{self._word()}` is no cardinality",
                "write one of `||`, `|o`, `}o`, `}|` on the left, `||`, `o|`, `o{`, `|{` on the right",
            )
        return _CAP_WORDS[" ".join(match[0].lower().split())]

    def _role(self) -> str:
        """The label behind the colon; Mermaid wants one, other writers leave it out."""
        if not self._take(re.compile(r":(?!::)[ \t]*")):
            return ""
        match = self._take(_ROLE)
        if match is None:
            self._refuse("the label behind the colon is missing", 'write `: "label"`')
        return (match[1] if match[1] is not None else match[2]).strip()

    def _attributes(self, entity: Entity) -> None:
        opened = self.at - 1
        self._skip()
        while not self._take(re.compile(r"\}")):
            if self.at >= self.end:
                raise _Refused(f"the block of `{entity.name}` has no end", opened, "close it with `}`")
            entity.attributes.append(self._attribute())
            self._skip()

    def _attribute(self) -> Attribute:
        begun = self.at
        type_ = self._take(_TYPE)
        self._skip()
        name = self._take(re.compile(r'[^\s"{},]+')) if type_ else None
        if type_ is None or name is None:
            raise _Refused(
                "an attribute is a type and a name", begun, "write `type name`, and `PK`, `FK` or `UK` behind it"
            )
        span = self.places.span(name.start(), name.end())
        keys = []
        self._skip()
        while key := self._take(_KEY):
            keys.append(key[0].upper())
            self._skip()
            if not self._take(re.compile(",")):
                break
            self._skip()
        comment = self._take(_COMMENT)
        return Attribute(
            type=type_[0], name=name[0], span=span, keys=tuple(keys), comment=comment[1] if comment else None
        )

    # -- the text

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at, self.end)
        if match:
            self.at = match.end()
        return match

    def _peek(self, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.text, self.at, self.end) is not None

    def _skip(self) -> None:
        self._take(_BLANK)

    def _word(self) -> str:
        """What stands here, for a message."""
        match = re.compile(r"[^\s]{1,40}").match(self.text, self.at, self.end)
        return match[0] if match else "the end"

    def _refuse(self, message: str, fix: str) -> NoReturn:
        raise _Refused(message, self.at, fix)

    def _tell(self, refused: _Refused) -> None:
        word = re.compile(r"\S*").match(self.text, refused.at, self.end)
        at = min(refused.at, len(self.text.rstrip()))
        self.faults.add("E052", str(refused), self.places.span(at, word.end() if word else 0), fixes=[refused.fix])

    def _to_next_line(self, begun: int) -> None:
        """Behind the line of the fault; inside of a block, behind the block."""
        line = self.text.find("\n", max(begun, self.at), self.end)
        self.at = self.end if line < 0 else line
        opened = self.text.rfind("{\n", begun, self.at)
        if opened >= 0:
            closed = self.text.find("}", opened, self.end)
            self.at = self.end if closed < 0 else closed + 1
