"""Reads Miro's diagram language: `n1 "title" "PK⇥id⇥int" #ccf4ff` and `e1 "label" n1 one_or_many -- only_one n2`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagram.drawing import Box, Cap, Diagram, Line, Row, Seen, as_lineage
from erd2dbt.faults.diagnostics import Collector, Span, did_you_mean
from erd2dbt.read.boxes import mark_words, rows, titles
from erd2dbt.read.boxes.merging import merged
from erd2dbt.read.text.accounting import DEFAULT, Account
from erd2dbt.read.text.places import Places

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_NODE = re.compile(rf"[ \t]*(n\w*)[ \t]+{_QUOTED}(?:[ \t]+{_QUOTED})?[ \t]*(#\w+)?[ \t;]*(?=\n|$)")
_EDGE = re.compile(
    rf"[ \t]*(e\w*)[ \t]+(?:{_QUOTED}[ \t]+)?(\w+)[ \t]+(\w+)[ \t]*(--|\.\.)[ \t]*(\w+)[ \t]+(\w+)[ \t;]*(?=\n|$)"
)
_CLUSTER = re.compile(rf"[ \t]*cluster[ \t]+\w+[ \t]+{_QUOTED}((?:[ \t]+n\w*)*)[^\n]*")
_IGNORED = re.compile(r"[ \t]*(?:(?:graphdir|palette|title)\b[^\n]*|(?:#|//|%%)[^\n]*)?(?=\n|$)")
_WORD = re.compile(r'[^\s"\\]+')
_FIRST = re.compile(r"\s*graphdir\s+\w+|\s*n\d+\s+\"", re.IGNORECASE)
_CAPS = {str(cap): cap for cap in Cap}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def is_dsl(text: str) -> bool:
    return _FIRST.match(text) is not None


def read_dsl(text: str, file: str) -> Diagram:
    """Return the diagram. Raises ErdError E053 with the place of every statement that does not parse."""
    return _Dsl(text, file).read()


class _Dsl:
    """One pass over the text. Boxes are indexed by node, because lines and clusters refer to nodes."""

    def __init__(self, text: str, file: str) -> None:
        if "\n" not in text.strip() and "\\n" in text:  # copied from inside a JSON string
            text = _unescaped_once(text)
        self.places = Places(file, text)
        self.account = Account(self.places)
        self.faults = Collector()
        self.boxes: dict[str, Box] = {}
        self.lines: list[tuple[re.Match[str], Line]] = []
        self.wording = mark_words.learned([_shown_rows(match) for match in _NODE.finditer(text)], {})

    def read(self) -> Diagram:
        text, at = self.places.text, 0
        while at < len(text):
            at = self._statement(at)
            at = at + 1 if text.startswith("\n", at) else at
        self._check_ends()
        self.faults.raise_if_failed()
        self.account.settle([match.span() for match in _WORD.finditer(text)])
        self.account.close()
        boxes = {node: box.name for node, box in self.boxes.items()}
        lines = [replace(line, left=boxes[line.left], right=boxes[line.right]) for _, line in self.lines]
        return merged(Diagram(file=self.places.file, boxes=tuple(self.boxes.values()), lines=tuple(lines),
                              seen=tuple(self.account.seen), parts=self.account.parts))  # fmt: skip

    def _statement(self, at: int) -> int:
        text = self.places.text
        for pattern, read in ((_NODE, self._node), (_EDGE, self._edge), (_CLUSTER, self._cluster), (_IGNORED, None)):
            if match := pattern.match(text, at):
                if read is not None:
                    self.account.read(*match.span())
                    read(match)
                elif match[0].strip():
                    self.account.ignore("a comment, or how the diagram is laid out", *match.span())
                return match.end()
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        begun = at + len(text[at:end]) - len(text[at:end].lstrip())
        fix = 'write `n1 "title" "PK⇥id⇥int" #ccf4ff` or `e1 "label" n1 one_or_many -- only_one n2`'
        self.faults.add(
            "E053", "this is not a statement of the diagram language", self.places.span(begun, end), fixes=[fix]
        )
        return end

    def _node(self, match: re.Match[str]) -> None:
        node, span = match[1], self.places.span(match.start(2), match.end(2))
        if node in self.boxes:
            message = f"the node `{node}` is already on line {self.boxes[node].span.line}"
            self.faults.add(
                "E053", message, self.places.span(match.start(1), match.end(1)), fixes=["give it another number"]
            )
            return
        shown = _unescaped(match[2])
        found = titles.title(shown.replace("\n", " "))
        if found is None:
            self.faults.add("E053", f"`{shown}` cannot be the name of a table", span, fixes=["write its name"])
            return
        self.boxes[node] = Box(
            name=found.name,
            title=titles.visible(shown),
            span=span,
            schema=found.schema,
            table=found.exact,
            rows=tuple(self._rows(match)),
            color=match[4].lower() if match[4] and _COLOR.fullmatch(match[4]) else None,
            id=node,
        )
        if match[4] and not _COLOR.fullmatch(match[4]):
            self.account.leave(*match.span(4), "this is not a colour", unread=True)
        if found.is_cut:
            self.account.seen.append(
                Seen(kind="box", why="its name is cut off", span=span, text=shown, id=node, unread=True)
            )

    def _rows(self, match: re.Match[str]) -> Iterator[Row]:
        at = match.start(3)
        for line in re.split(r"\n|\\n", match[3] or ""):
            start = self.places.text.find(line, at) if line else at
            at = start + len(line)
            shown = _unescaped(line)
            if not shown.strip():
                continue
            span = self.places.span(start, at)
            marked = mark_words.rewritten(shown, self.wording)
            read = rows.from_cells(marked.text, span) if "\t" in shown else rows.parse(marked.text, span)
            if read is not None and read.default:
                self.account.seen.append(Seen(kind="row", why=DEFAULT, span=span, text=read.default, id=match[1]))
            for mark in marked.unknown:
                why = f"`{mark}` is beside its name as a mark is, and nothing shows what it means"
                self.account.seen.append(Seen(kind="row", why=why, span=span, text=shown, id=match[1], unread=True))
            if read is None or read.is_cut:
                why = "the name of its column is cut off" if read else "this row is not a column"
                self.account.seen.append(
                    Seen(kind="row", why=why, span=span, text=shown.strip(), id=match[1], unread=True)
                )
            if read is not None:
                yield replace(read.row, guess=marked.guess or read.row.guess)

    def _edge(self, match: re.Match[str]) -> None:
        edge, label, left, left_cap, line, right_cap, right = match.groups()
        for group, word in ((4, left_cap), (6, right_cap)):
            if word not in _CAPS:
                fixes = did_you_mean(word, _CAPS) or (f"write one of {', '.join(_CAPS)}",)
                self.faults.add("E053", f"`{word}` is not a cardinality", self._at(match, group), fixes=fixes)
        self.lines.append((match, as_lineage(Line(
            left=left,
            right=right,
            left_cap=_CAPS.get(left_cap),
            right_cap=_CAPS.get(right_cap),
            label=_unescaped(label or "").strip(),
            identifying=line == "--",
            span=self._at(match, 1),
            id=edge,
        ))))  # fmt: skip

    def _cluster(self, match: re.Match[str]) -> None:
        for one in _WORD.finditer(match[2]):
            node, begun = one[0], match.start(2) + one.start()
            if node in self.boxes:
                self.boxes[node] = replace(self.boxes[node], frame=_unescaped(match[1]))
            else:
                self.account.leave(begun, begun + len(node), "there is no such node above", unread=True)

    def _check_ends(self) -> None:
        for match, line in self.lines:
            for group, node in ((3, line.left), (7, line.right)):
                if node not in self.boxes:
                    fixes = did_you_mean(node, self.boxes) or ("draw the node, or take the line out",)
                    self.faults.add("E053", f"there is no node `{node}`", self._at(match, group), fixes=fixes)

    def _at(self, match: re.Match[str], group: int) -> Span:
        return self.places.span(match.start(group), match.end(group))


def _shown_rows(match: re.Match[str]) -> list[str]:
    return [shown for line in re.split(r"\n|\\n", match[3] or "") if (shown := _unescaped(line)).strip()]


def _unescaped(text: str) -> str:
    """Return the text without the backslashes that escape quotes, tabs and line ends."""
    return re.sub(r'\\(["\\tn])', lambda m: {"t": "\t", "n": "\n"}.get(m[1], m[1]), text)


def _unescaped_once(text: str) -> str:
    return re.sub(r'\\(["tn])', lambda m: {"t": "\t", "n": "\n"}.get(m[1], m[1]), text)
