"""A recursive-descent parser of `erDiagram`. Where Mermaid refuses a text, the fault has the place and what is
expected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from erd2dbt.datatypes.postgres import understood
from erd2dbt.diagram.drawing import Cap
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.read.mermaid.blocks import Block
from erd2dbt.read.mermaid.grammar import Attribute, Entity, ErDiagram, Relationship
from erd2dbt.read.text.accounting import Account
from erd2dbt.read.text.places import Places

_BLANK = re.compile(r"(?:\s+|%%\{.*?\}%%|(?<![^\s;])%%[^\n]*)+", re.DOTALL)
_REMARK = re.compile(r"%%\{.*?\}%%|%%[^\n]*", re.DOTALL)
_OPENED = re.compile(r"(?<![|}o])\{[^}\n]*$", re.MULTILINE)  # a block that continues on the next lines
_IDS = r"(?:[^\x00-\x7f]|[\w*.-])+(?:[ \t]*,[ \t]*(?:[^\x00-\x7f]|[\w*.-])+)*"
_ENDS = r"[ \t]*;?(?=[ \t]*(?:\n|$|%%))"
_LINE_STATEMENT = re.compile(
    r"(?P<direction>direction\s+(?:TB|BT|LR|RL|TD)\b[^\n]*)"
    r"|(?P<about>accTitle\s*:[^\n]*|accDescr\s*:[^\n]*|accDescr\s*\{[^}]*\}?)"
    rf"|(?P<classdef>classDef\s+(?P<classes>{_IDS})[ \t]+(?P<look>[^\n;]*);?)"
    rf"|(?P<style>style\s+(?P<styled>{_IDS})[ \t]+(?P<css>[^\n;]*);?)"
    rf"|(?P<class>class\s+(?P<members>{_IDS})[ \t]+(?P<given>{_IDS}){_ENDS})",
    re.IGNORECASE,
)
_WORDS = re.compile(r"(?:classDef|class|style|subgraph|end)\b", re.IGNORECASE)
_SUBGRAPH = re.compile(r"subgraph\b[ \t]+", re.IGNORECASE)
_END = re.compile(rf"end\b{_ENDS}", re.IGNORECASE)
_SUBGRAPH_TITLE = re.compile(r"[ \t]*\[([^\]\n]*)\]")
_PART = re.compile(r'"[^"\n]*"|`[^`\n]*`|[\w.*-]+|[^\w\s]')
_NAME = re.compile(r'"(?P<quoted>[^"%\r\n\v\b\\]+)"|(?P<bare>(?:[^\x00-\x7f]|\w|-(?!-)|\*|\.(?!\.))+)')
_NOT_DRAWN = {
    "direction": "how the diagram is laid out",
    "about": "a text for screen readers",
    "classdef": "a style, of which only the colour counts",
    "style": "a style, of which only the colour counts",
}
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
_TYPE = re.compile(
    r'`(?P<ticked>[^`\n]+)`|(?P<plain>[^\s~"{}`]*~[^\n"]*~[^\s"{}?]*|[^\s"{},(`?]+(?:\([^()\n"]*\))?[^\s"{},?]*)'
)
_ATTRIBUTE = re.compile(r'`(?P<ticked>[^`\n]+)`|(?P<plain>[^\s"{},`]+)')
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"(?:PK|FK|UK)\b", re.IGNORECASE)
_COMMENT = re.compile(r'"([^"]*)"')


class _Refused(Exception):  # noqa: N818 - ends a statement, is never seen outside
    def __init__(self, message: str, at: int, fix: str) -> None:
        super().__init__(message)
        self.at, self.fix = at, fix


def parse(places: Places, block: Block, faults: Collector, account: Account) -> ErDiagram:
    """Parse one block. Each statement that does not parse is fault E052, and parsing continues on the next line."""
    return _Parser(places, block, faults, account).document()


class _Parser:
    """The parser. `at` is an offset of the text; a method that returns has moved behind the text that it read."""

    def __init__(self, places: Places, block: Block, faults: Collector, account: Account) -> None:
        self.places, self.text, self.at, self.end = places, places.text, block.start, block.end
        self.faults, self.account = faults, account
        self.start = block.start
        self.within: list[str] = []  # titles of the open subgraphs
        self.found = ErDiagram(title=block.title, entities={}, relationships=[], class_styles={})

    def document(self) -> ErDiagram:
        self._skip()
        while self.at < self.end:
            begun = self.at
            try:
                self._statement()
            except _Refused as refused:
                self._report(refused)
                self._to_next_line(begun)
            self._skip()
            while self._take(re.compile(";")):
                self._skip()
        if self.within:
            self.faults.add("E052", f"the subgraph `{self.within[-1]}` has no end", self.places.span(self.end - 1),
                            fixes=["close it with a line `end`"])  # fmt: skip
        self.account.settle([match.span() for match in self._parts()])
        return self.found

    def _parts(self) -> Iterator[re.Match[str]]:
        """Return all words of the block except comments."""
        at = self.start
        while at < self.end:
            blank = _BLANK.match(self.text, at, self.end)
            at = blank.end() if blank else at
            if (match := _PART.match(self.text, at, self.end)) is None:
                return
            yield match
            at = match.end()

    def _statement(self) -> None:
        if match := self._take(_LINE_STATEMENT):
            self._look(match)
            return
        if self._subgraph():
            return
        if word := _WORDS.match(self.text, self.at, self.end):
            self._refuse(
                f"`{word[0]}` is a word of Mermaid's own, and no entity", f'put the name in quotes: `"{word[0]}"`'
            )
        entity = self._entity("the name of an entity")
        self._skip()
        if self._take(re.compile(r"\{")):
            self._attributes(entity)
        elif self._peek(_CAP) or self._peek(re.compile(r"[|}]")):
            self._relationship(entity)

    def _subgraph(self) -> bool:
        """Parse `subgraph name [Title]` or `end`; return whether there was one."""
        if self.within and self._take(_END):
            self.within.pop()
            return True
        if not self._take(_SUBGRAPH):
            return False
        name = self._take(_NAME)
        if name is None:
            self._refuse("a subgraph has no name", "write `subgraph name [Title]`")
        title = self._take(_SUBGRAPH_TITLE)
        called = name["quoted"] or name["bare"]
        self.within.append(title[1].strip(' "') if title else called)
        self.found.subgraphs[called] = self.within[-1]
        return True

    def _look(self, match: re.Match[str]) -> None:
        """Parse `classDef`, `style` and `class`. Only colours matter: they are evidence of layers."""
        why = next((why for kind, why in _NOT_DRAWN.items() if match[kind]), None)
        if why:
            self.account.ignore(why, *match.span())
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
        """Parse a name with its alias and classes, if any."""
        match = self._take(_NAME)
        if match is None:
            self._refuse(
                f"expected {wanted}, found `{self._word()}`",
                "quote a name of other characters than letters, digits, `-` and `_`",
            )
        entity = self._named(match["quoted"] or match["bare"], match.start(), match.end())
        entity.is_quoted = entity.is_quoted or match["quoted"] is not None
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
        known.group = known.group or (self.within[-1] if self.within else None)
        return known

    def _relationship(self, left: Entity) -> None:
        begun = self.at
        left_cap = self._cap()
        self._skip()
        line = self._take(_LINE)
        if line is None:
            self._refuse(
                f"`{self._word()}` is not a line between `{left.name}` and another entity",
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
                f"`{self._word()}` is not a cardinality",
                "write one of `||`, `|o`, `}o`, `}|` on the left, `||`, `o|`, `o{`, `|{` on the right",
            )
        return _CAP_WORDS[" ".join(match[0].lower().split())]

    def _role(self) -> str:
        """Parse the label after the colon. Mermaid requires one; other tools omit it."""
        if not self._take(re.compile(r":(?!::)[ \t]*")):
            return ""
        match = self._take(_ROLE)
        if match is None:
            self._refuse("the label behind the colon is missing", 'write `: "label"`')
        return (match[1] if match[1] is not None else match[2]).strip()

    def _attributes(self, entity: Entity) -> None:
        opened = self.at - 1
        before: int | None = None
        self._skip()
        while not self._take(re.compile(r"\}")):
            if self.at >= self.end:
                raise _Refused(f"the block of `{entity.name}` has no end", opened, "close it with `}`")
            entity.attributes.append(self._attribute(before))
            before = self.at
            self._skip()
            if "\n" in self.text[before : self.at]:
                before = None

    def _attribute(self, before: int | None) -> Attribute:
        """Parse a type and a name on one line. `before`: the end of an attribute on the same line."""
        begun = self.at
        type_ = self._take(_TYPE)
        self._take(_SPACE)
        optional = self._take(re.compile(r"\?[ \t]*")) if type_ else None
        named = self._take(_ATTRIBUTE) if type_ and not self._peek(_KEY) else None
        if type_ is None or named is None:
            raise _Refused(
                "an attribute is a type and a name on one line",
                begun,
                "write `type name`, and `PK`, `FK` or `UK` behind it; a type of several words in backticks",
            )
        written = type_["ticked"] or type_["plain"]
        if before is not None and type_["plain"] and understood(written.lower()) is None:
            raise _Refused(
                f"`{written}` is not a type, and an attribute is already on this line",
                begun,
                "write each attribute on a line of its own, and a type of several words in backticks",
            )
        keys = self._keys()
        comment = self._take(_COMMENT)
        return Attribute(
            type=written,
            name=named["ticked"] or named["plain"],
            span=self.places.span(named.start(), named.end()),
            keys=tuple(keys),
            comment=comment[1] if comment else None,
            optional=optional is not None,
        )

    def _keys(self) -> list[str]:
        keys: list[str] = []
        self._take(_SPACE)
        while key := self._take(_KEY):
            keys.append(key[0].upper())
            self._take(_SPACE)
            if not self._take(re.compile(",")):
                break
            self._skip()
        return keys

    # -- the text

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at, self.end)
        if match:
            self.at = match.end()
            self.account.read(*match.span())
        return match

    def _peek(self, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.text, self.at, self.end) is not None

    def _skip(self) -> None:
        if match := _BLANK.match(self.text, self.at, self.end):
            for comment in _REMARK.finditer(self.text, *match.span()):
                self.account.ignore("a comment", *comment.span())
            self.at = match.end()

    def _word(self) -> str:
        """Return the next word, for a message."""
        match = re.compile(r"[^\s]{1,40}").match(self.text, self.at, self.end)
        return match[0] if match else "the end"

    def _refuse(self, message: str, fix: str) -> NoReturn:
        raise _Refused(message, self.at, fix)

    def _report(self, refused: _Refused) -> None:
        word = re.compile(r"\S*").match(self.text, refused.at, self.end)
        at = min(refused.at, len(self.text.rstrip()))
        self.faults.add("E052", str(refused), self.places.span(at, word.end() if word else 0), fixes=[refused.fix])

    def _to_next_line(self, begun: int) -> None:
        """Move to the line after the fault; inside a block, to the end of the block."""
        line = self.text.find("\n", max(begun, self.at), self.end)
        self.at = self.end if line < 0 else line
        if _OPENED.search(self.text, begun, self.at):
            closed = self.text.find("}", self.at, self.end)
            self.at = self.end if closed < 0 else closed + 1
