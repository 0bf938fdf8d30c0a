"""New names put into what was generated before and into the user's text of it, so that a merge sees no change in them.

The text generated before and the one generated now are compared. Where they differ in names only, each place says
which name is there now, so the column `orders` differs from the entity `orders`. What the user wrote follows places
of its kind, and stays when they disagree."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from erd2dbt.write.merging.contexts import KEPT, context_of
from erd2dbt.write.merging.lines import changed_lines
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.renamed_yaml import with_new_values
from erd2dbt.write.merging.sqlparts import columns_of, read_sql
from erd2dbt.write.merging.text import lines_of, merge_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from erd2dbt.write.merging.newnames import NewNames


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of a text, and what it is whatever its name."""

    text: str
    sense: str
    start: int


def with_new_names(path: str, base: str, theirs: str, ours: str, names: NewNames) -> tuple[str, str, str]:
    """`base` and `theirs` as they would be if their things had had the names of `ours` from the beginning.

    `theirs` also with the new names alone, its lines broken where the user sees them."""
    renaming = _Renaming(base, ours, names)
    known = _Evidence(path.rpartition(".")[2], base, theirs, renaming.placed, names)
    user = _edited(path, renaming, base, theirs, known)
    # Lines that are broken elsewhere, since names have other lengths, are no edit where the user has left them.
    now = renaming.laid_out()
    seen = merge_text(renaming.base(), user, now, "yours").text
    return now, seen if _say_the_same(path, seen, user) else user, user


def _edited(path: str, renaming: _Renaming, base: str, theirs: str, known: _Evidence) -> str:
    if path.endswith(".sql"):
        return renaming.edited_by_words(theirs, known)
    by_values = (
        with_new_values(base, renaming.laid_out(), theirs, known.own) if path.endswith((".yml", ".yaml")) else None
    )
    return renaming.edited(theirs, known) if by_values is None else by_values


def _say_the_same(path: str, text: str, other: str) -> bool:
    """Whether two texts differ in their layout alone; of what cannot be read, that is believed."""
    if path.endswith(".sql"):
        parts = read_sql(text), read_sql(other)
        return parts[1] is None or (parts[0] is not None and parts[0].shape == parts[1].shape)
    values = read(text), read(other)
    return values[1] is None or (values[0] is not None and values[0].root.loose == values[1].root.loose)


class _Renaming:
    """`base` beside `ours`: what each name in it is now."""

    def __init__(self, base: str, ours: str, names: NewNames) -> None:
        self.tokenized = _Tokenizer(names.words)
        self.lines, self.now = lines_of(base), lines_of(ours)
        self.news: dict[int, str] = {}  # where a word is in `base` -> the text there now
        self.placed: list[tuple[_Token, str]] = []  # the names among them
        self.parts: list[tuple[int, int, list[str] | None]] = []  # lines of base, and what they are in `ours`
        self.starts = _starts(self.lines)
        self._align()

    def _align(self) -> None:
        senses = [[_sense(self.tokenized(line)) for line in lines] for lines in (self.lines, self.now)]
        at, to = 0, 0
        for start, end, first, last in [*changed_lines(*senses), (len(self.lines),) * 2 + (len(self.now),) * 2]:
            for n in range(start - at):
                self._pair(at + n, at + n + 1, self.now[to + n : to + n + 1])
            if end > start:
                self._pair(start, end, self.now[first:last])
            at, to = end, last

    def _pair(self, start: int, end: int, now: list[str]) -> None:
        """Lines that are the same except for names, or that have changed."""
        here, there = (self.tokenized("".join(lines)) for lines in (self.lines[start:end], now))
        words = [[token for token in tokens if _is_word(token)] for tokens in (here, there)]
        at = to = 0
        is_same = True
        ends = (len(words[0]), len(words[0]), len(words[1]), len(words[1]))
        senses = [[token.sense for token in tokens] for tokens in words]
        for first, last, begin, stop in [*changed_lines(*senses), ends]:
            is_same = is_same and first == last and begin == stop
            for old, new in zip(words[0][at:first], words[1][to:begin], strict=True):
                place = self.starts[start] + old.start
                self.news[place] = new.text
                if old.sense.startswith("\0"):
                    self.placed.append((replace(old, start=place), new.text))
            at, to = last, stop
        self.parts.append((start, end, now if is_same else None))

    def base(self) -> str:
        """With the new names, line by line."""
        return "".join(self._renamed(start, end) for start, end, _ in self.parts)

    def laid_out(self) -> str:
        """With the new names, and the line breaks of now."""
        return "".join(self._renamed(s, e) if now is None else "".join(now) for s, e, now in self.parts)

    def _renamed(self, start: int, end: int) -> str:
        first = self.starts[start]
        tokens = self.tokenized("".join(self.lines[start:end]))
        return "".join(self.news.get(first + token.start, token.text) for token in tokens)

    def edited(self, theirs: str, known: _Evidence) -> str:
        """The user's text: what was generated has its new name, and so has what is surely meant by the user's words."""
        lines = lines_of(theirs)
        starts = _starts(lines)
        text: list[str] = []
        at = 0
        for start, end, first, last in [*changed_lines(self.lines, lines), (len(self.lines),) * 2 + (len(lines),) * 2]:
            text.append(self._renamed(at, start))
            text += self._own(theirs, known, (start, end), starts[first], "".join(lines[first:last]))
            at = end
        return "".join(text)

    def edited_by_words(self, theirs: str, known: _Evidence) -> str:
        """The same, whoever laid out the lines anew: by the words alone."""
        before, after = ([t for t in self.tokenized(text) if _is_word(t)] for text in ("".join(self.lines), theirs))
        words = [[_unspaced(token.text) for token in side] for side in (before, after)]
        parts, place, at, to = [], 0, 0, 0
        for start, end, first, last in [*changed_lines(*words), (len(before),) * 2 + (len(after),) * 2]:
            for old, token in zip(before[at:start], after[to:first], strict=True):
                new = self.news.get(old.start, old.text)
                parts += [theirs[place : token.start], token.text if new == old.text else new]
                place = token.start + len(token.text)
            if last > first:
                stop = after[last - 1].start + len(after[last - 1].text)
                parts += [theirs[place : after[first].start], known.own(theirs, after[first].start, stop)]
                place = stop
            at, to = end, last
        return "".join([*parts, theirs[place:]])

    def _own(self, theirs: str, known: _Evidence, lines: tuple[int, int], offset: int, changed: str) -> Iterator[str]:
        """Lines that the user changed or put in."""
        first = self.starts[lines[0]]
        before, tokens = self.tokenized("".join(self.lines[lines[0] : lines[1]])), self.tokenized(changed)
        at = 0
        texts = [[token.text for token in side] for side in (before, tokens)]
        for start, end, begin, stop in [*changed_lines(*texts), (len(before),) * 2 + (len(tokens),) * 2]:
            for old in before[at:start]:
                yield self.news.get(first + old.start, old.text)
            if stop > begin:
                last = tokens[stop - 1]
                yield known.own(theirs, offset + tokens[begin].start, offset + last.start + len(last.text))
            at = end


class _Evidence:
    """What became of an identifier at all places of one kind."""

    def __init__(
        self, language: str, base: str, theirs: str, placed: Iterable[tuple[_Token, str]], names: NewNames
    ) -> None:
        self.language, self.names = language, names
        columns = [
            columns_of(text, only_aliased=text is theirs) if language == "sql" else set() for text in (base, theirs)
        ]
        self.own_aliases = columns[1] - columns[0]  # names that the user gave to columns: they mean these
        self.olds = {old for old, _ in names.words}
        self.seen: dict[tuple[str, str], Counter[str]] = {}
        self.all: dict[str, Counter[str]] = {}
        for start, old, new in _identifiers(base, placed):
            kind = context_of(language, base, start, len(old))
            self.seen.setdefault((kind, old), Counter())[new] += 1
            if kind not in KEPT:
                self.all.setdefault(old, Counter())[new] += 1
        self.qualifiers = {*re.findall(r"\b(\w+)\.\w", base), *re.findall(r"(?m)^(\w+) as \($", base)}

    def own(self, text: str, start: int, end: int) -> str:
        """A part of the user's text, with the new names where they are surely meant."""
        at = start
        parts = []
        for found in _IDENTIFIER.finditer(text, start, end):
            is_whole = not (
                _IDENTIFIER.match(text, found.end()) or (start and _IDENTIFIER.match(text, found.start() - 1))
            )
            if is_whole:
                parts += [text[at : found.start()], self.now(text, found.start(), found[0])]
                at = found.end()
        return "".join([*parts, text[at:end]])

    def now(self, text: str, start: int, old: str) -> str:
        """The name in the place of one that the user wrote; the same where it is not surely meant."""
        if old not in self.olds and old not in self.all:
            return old
        kind = context_of(self.language, text, start, len(old))
        if kind in KEPT or (old in self.own_aliases and kind in ("word", "alias")):
            return old
        if found := self.seen.get((kind, old)):
            return _only(found, old)
        word, _, owner = kind.partition(":")
        if word == "ref":
            return self.names.models.get(old, old)
        if word == "table":
            return self.names.tables.get(f"{owner}.{old}", f".{old}").partition(".")[2]
        if word == "column" and owner in self.names.columns:
            return self.names.columns[owner].get(old, old)
        if word == "source" or (word == "column" and owner in self.qualifiers):
            return old
        if kind in ("word", "alias") and self.language == "sql":  # a column: what relations are called now says nothing
            return _only(sum((n for (k, o), n in self.seen.items() if o == old and _is_of_column(k)), Counter()), old)
        return _only(self.all.get(old, Counter()), old)


def _is_of_column(kind: str) -> bool:
    return kind in ("word", "alias") or kind.startswith("column:")


def _identifiers(base: str, placed: Iterable[tuple[_Token, str]]) -> Iterator[tuple[int, str, str]]:
    """(place, text, text with the new names) of each identifier in which such a name stands."""
    parts: dict[tuple[int, int], list[tuple[_Token, str]]] = {}
    spans = [match.span() for match in _IDENTIFIER.finditer(base)]
    begins = [start for start, _ in spans]
    for token, new in placed:
        span = spans[max(bisect_right(begins, token.start) - 1, 0)]
        if token.start + len(token.text) <= span[1] and _IDENTIFIER.fullmatch(new.strip('"')):
            parts.setdefault(span, []).append((token, new))
    for (start, end), found in parts.items():
        text, at = "", start
        for token, new in found:
            text, at = text + base[at : token.start] + new, token.start + len(token.text)
        yield start, base[start:end], text + base[at:end]


def _only(found: Counter[str], old: str) -> str:
    return next(iter(found)) if len(found) == 1 else old


_IDENTIFIER = re.compile(r"\w+")
_SPACE = r"\s+(?:--\s+)?"
_GAP = rf"(?:_+|{_SPACE})"  # between the words of a name, as an identifier or in a sentence


class _Tokenizer:
    """Cuts a text into words; a name that changed is one word, however it is written."""

    def __init__(self, words: Sequence[tuple[str, str]]) -> None:
        self.senses = _senses(words)
        names = {name for pair in words for name in pair}
        forms = "|".join(_form(name) for name in sorted(names, key=lambda name: (-len(name), name)))
        name = rf"(?:(?-i:The){_SPACE})?(?P<quote>\")?(?P<name>{forms})(?(quote)\")"
        pattern = rf"(?<![^\W_]){name}(?![^\W_])|[^\W_]+|\s+|."
        self.pattern = re.compile(pattern, re.IGNORECASE | re.DOTALL)

    def __call__(self, text: str) -> list[_Token]:
        return [_Token(m[0], self._sense(m["name"], m[0]), m.start()) for m in self.pattern.finditer(text)]

    def _sense(self, name: str | None, text: str) -> str:
        return text if name is None else self.senses.get(_folded(name), text)


def _folded(name: str) -> str:
    plain = name.replace("\\_", "_")  # as Markdown escapes it
    return re.sub(_GAP, "_", plain.strip("_")).lower() or plain


def _form(name: str) -> str:
    """A pattern of a name as an identifier and in words."""
    words = re.sub("_+", lambda _: _GAP, re.escape(name.strip("_")))
    edge = r"(?:\\?_)*"
    return f"{edge}{words}{edge}" if name.strip("_") != name else words


def _senses(words: Sequence[tuple[str, str]]) -> dict[str, str]:
    """One mark for all names that may stand for each other."""
    sense: dict[str, str] = {}
    for old, new in (map(_folded, pair) for pair in words):
        one, other = (sense.get(name, f"\0{name}") for name in (old, new))
        sense |= {old: one, new: one}
        sense |= {name: one for name, mark in sense.items() if mark == other}
    return sense


def _sense(tokens: Sequence[_Token]) -> str:
    return "".join(token.sense for token in tokens)


def _unspaced(text: str) -> str:
    """A word whatever its quotes, and wherever a name of several words is broken."""
    return re.sub(_SPACE, " ", text).replace('"', "'")


def _is_word(token: _Token) -> bool:
    """Whether it says something wherever lines are broken."""
    return not token.text.isspace() and token.text != "-"


def _starts(lines: Sequence[str]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts
