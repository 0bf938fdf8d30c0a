"""Moves descriptions from the YAML of a project's owner into the generated YAML, without losing any part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from erd2dbt.adopt.survey import named
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.write.merging.merge import merge
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.tree import Document, Entry, Node

_TESTS = ("data_tests", "tests")
_AGAIN = ("run the command again",)
_OLD_TESTS = re.compile(r"^([ ]*(?:- )?)tests:(?=\s)", re.MULTILINE)  # dbt's word for `data_tests` before 1.8
_LISTED_TESTS = re.compile(r"([ ]*(?:- )?)data_tests: *\[ *(\w[\w. ]*(?:, *\w[\w. ]*)*) *\] *")


@dataclass(frozen=True, slots=True)
class Described:
    """The described object: a table of a source, or (`source` is empty) a model."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """`document`: a separate YAML with the moved entries. `rest`: the file without them, None if it has no other
    entries. `left`: entries that cannot be moved alone, because they are inside braces or use an anchor."""

    document: str
    rest: str | None
    left: tuple[Described, ...]


def extract(text: str, wanted: Iterable[Described]) -> Extracted:
    """Extract entries of a properties file that the survey could read. Raises ErdError E803 if it cannot be read any
    more."""
    document = read(text)
    if document is None:  # the survey could read it: somebody is editing it
        message = "a properties file changed meanwhile; nothing was written"
        raise ErdError([Diagnostic(code="E803", message=message, fixes=_AGAIN)])
    found = _Taking(document, frozenset(wanted))
    lines = [*found.sources(), *found.models()]
    return Extracted("\n".join(["---", "version: 2", *lines, ""]) if lines else "", found.rest(), tuple(found.left))


def joined(path: str, taken: str, generated: str) -> str:
    """Return the generated text with the moved entries: their words where both have a field, and the tests of both."""
    theirs, ours = read(taken), read(generated)
    assert theirs is not None
    assert ours is not None
    return merge(path, _skeleton_text(theirs.root, ours.root), taken, generated, prefer="yours").text


class _Taking:
    def __init__(self, document: Document, wanted: frozenset[Described]) -> None:
        self.document, self.wanted = document, wanted
        self.cuts: list[tuple[int, int]] = []  # lines from, to (exclusive)
        self.left: list[Described] = []

    def sources(self) -> Iterator[str]:
        of_sources: list[str] = []
        entries = _entries(self.document.root.get("sources"))
        empty = 0
        for entry in entries:
            source = entry.value.get("name")
            tables = _entries(entry.value.get("tables"))
            names = [Described(source.value if source else "", name) for name, _ in named(entry.value.get("tables"))]
            chosen = [(w, t) for w, t in zip(names, tables, strict=False) if w in self.wanted]
            if len(names) != len(tables) or not self._are_fit(entry, chosen):
                continue
            if not chosen:
                continue
            of_sources += self._item(entry, 2, without="tables")
            of_sources.append("    tables:")
            for _, table in chosen:
                of_sources += self._item(table, 6)
            if len(chosen) == len(tables):
                self._delete_entry(entry)
                empty += 1
            else:
                for _, table in chosen:
                    self._delete_entry(table)
        if of_sources:
            yield from ("", "sources:", *of_sources)
        self._cut_key("sources", is_empty=bool(entries) and empty == len(entries))

    def models(self) -> Iterator[str]:
        entries = _entries(self.document.root.get("models"))
        names = [Described("", name) for name, _ in named(self.document.root.get("models"))]
        chosen = [(w, e) for w, e in zip(names, entries, strict=False) if w in self.wanted]
        chosen = [pair for pair in chosen if len(names) == len(entries) and self._are_fit(pair[1], [pair])]
        if chosen:
            yield from ("", "models:")
        for _, entry in chosen:
            yield from self._item(entry, 2)
            self._delete_entry(entry)
        self._cut_key("models", is_empty=bool(entries) and len(chosen) == len(entries))

    def rest(self) -> str | None:
        lines = self.document.source.splitlines(keepends=True)
        gone = {line for start, end in self.cuts for line in range(start, end)}
        text = "".join(line for number, line in enumerate(lines) if number not in gone)
        known = read(text) if text.strip(" \n-.") else None
        is_bare = known is None or all(e.key is not None and e.key.value == "version" for e in known.root.entries)
        return None if is_bare and "#" not in text else text

    def _are_fit(self, entry: Entry, chosen: list[tuple[Described, Entry]]) -> bool:
        """Return whether the chosen entries are on lines of their own. Others stay, and are reported."""
        parts = [entry, *(e for _, e in chosen)]
        text = self.document.source[entry.start : entry.end]
        is_fit = not any(e.value.flow or self.document.is_behind_dash(e) for e in parts)
        is_fit = is_fit and not re.search(r"[:-]\s+[&*]\w", text)
        if not is_fit:
            self.left += [wanted for wanted, _ in chosen]
        return is_fit

    def _lines(self, entry: Entry) -> tuple[int, int]:
        first, last = self.document.line(entry.start), self.document.line(max(entry.start, entry.end - 1))
        return first, last + 1

    def _delete_entry(self, entry: Entry) -> None:
        self.cuts.append(self._lines(entry))

    def _cut_key(self, word: str, *, is_empty: bool) -> None:
        """Remove the key itself when its list has become empty."""
        found = [e for e in self.document.root.entries if e.key is not None and e.key.value == word]
        if is_empty and found:
            line = self.document.line(found[0].start)
            self.cuts.append((line, line + 1))

    def _item(self, entry: Entry, indent: int, *, without: str = "") -> Iterator[str]:
        """Return the lines of a list's item, moved to `indent`."""
        skipped: set[int] = set()
        if without:
            pair = next(e for e in entry.value.entries if e.key is not None and e.key.value == without)
            skipped = set(range(*self._lines(pair)))
        first, end = self._lines(entry)
        move = indent - self.document.column(entry.start)
        for line in range(first, end):
            if line not in skipped:
                text = self.document.text_of(line).rstrip("\r\n")
                moved = " " * move + text if move >= 0 else text[-move:] if text[:-move].isspace() else text.lstrip()
                yield from _spelt_out(moved) if text.strip() else ("",)


def _spelt_out(line: str) -> Iterator[str]:
    """Return the text with dbt's current key for tests, and one test a line, so that the tests of both sides can be
    merged."""
    line = _OLD_TESTS.sub(r"\1data_tests:", line)
    found = _LISTED_TESTS.fullmatch(line)
    if found is None:
        yield line
        return
    yield f"{found[1]}data_tests:"
    pad = " " * len(found[1])
    yield from (f"{pad}  - {name.strip()}" for name in found[2].split(","))


def _entries(node: Node | None) -> tuple[Entry, ...]:
    return node.entries if node is not None and node.kind == "sequence" else ()


def _skeleton_text(theirs: Node, ours: Node) -> str:
    """Return the common names without descriptions: the base text of the merge."""
    return "\n".join(["---", "version: 2", *_skeleton(theirs, ours, "")]) + "\n"


def _skeleton(theirs: Node, ours: Node, pad: str) -> Iterator[str]:
    for entry in theirs.entries:
        word = entry.key.value if entry.key is not None else ""
        other = ours.get(word)
        if other is None or entry.value.kind != other.kind or entry.value.kind not in ("sequence", "mapping"):
            continue
        if word in _TESTS:
            yield f"{pad}{word}: []"
        elif entry.value.kind == "mapping":
            inner = list(_skeleton(entry.value, other, f"{pad}  "))
            yield from (f"{pad}{word}:", *inner) if inner else (f"{pad}{word}: {{}}",)
        else:
            yield from _skeleton_of_list(word, dict(named(entry.value)), dict(named(other)), pad)


def _skeleton_of_list(word: str, theirs: Mapping[str, Node], ours: Mapping[str, Node], pad: str) -> Iterator[str]:
    both = [name for name in theirs if name in ours]
    if both:
        yield f"{pad}{word}:"
    for name in both:
        yield f"{pad}  - name: {_scalar(name)}"
        yield from _skeleton(theirs[name], ours[name], f"{pad}    ")


def _scalar(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
