"""Extracts what a line contains besides name and type: keys, NULL, references, comments."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from erd2dbt.names.spelling import dotted
from erd2dbt.read.boxes import column_types, vocabulary
from erd2dbt.read.boxes.titles import without_pictures

PICTURES = (("🔑", "pk"), ("🗝", "pk"), ("🔐", "pk"), ("🔗", "fk"), ("🖇", "fk"))
_GROUP = re.compile(r"\[([^\[\]]*)\]|\(((?:[^()]|\([^()]*\))*)\)|«([^«»]*)»|<<([^<>]*)>>|\{([^{}]*)\}")
_PHRASES = (word for word in vocabulary.MARKS if " " in word or not word.isascii())
_PHRASE = re.compile(
    vocabulary.phrases(_PHRASES) + r"|\b(?:not[\s_]null|unique(?:\s+key)?|nullable|auto_?increment)\b|(?<=\s)null\b",
    re.IGNORECASE,
)
_CONSTANT = r"(?:'[^']*'|\"[^\"]*\"|[-+]?\d+(?:\.\d+)?|true|false|null|current_\w+|\w+\(\))"
_DEFAULT = re.compile(
    rf"\s*[(\[{{]?\s*(?<![\w.])default\b\s*[:=]?\s*(?:{_CONSTANT}|[^\s,;()\[\]{{}}]+)(?P<end>\s*[)\]}}])?|"
    rf"\s*(?<![<>=!:])=\s*{_CONSTANT}(?=\s*$|\s*[,;)\]]|\s+[A-Za-z])",
    re.IGNORECASE,
)
_IS = re.compile(r"\bis\s+$", re.IGNORECASE)
_HOLE = "\0"  # position of a removed phrase: its blanks become one, because two blanks separate cells
_TAKEN_OUT = re.compile(rf"(?: ?{_HOLE} ?)+")
_WORD = r"(?:PK|FK|UK|UQ|AK|NN|PFK|PF|NOT_NULL|NULL)\d*(?:\.\d+)?|U\d+"
_BARE = re.compile(rf"(?<![^\s,/&+|;])(?:{_WORD})(?=$|[\s,/&+|;])")
_BARE_END = re.compile(r"^(?:pk|fk|nn|uk|pfk)\d*(?=[\s,/&+|;])|(?<=[\s,/&+|;])(?:pk|fk|nn|uk|uq|pfk)\d*$")
# Marks of other languages are words of theirs too (`PS` is horsepower), so they count in front of a name only.
_OTHERS = "|".join(
    word.upper()
    for word, mark in vocabulary.MARKS.items()
    if mark and word.isalpha() and 1 < len(word) < 4 and word not in vocabulary.SHORT
)
_BARE_HEAD = re.compile(rf"^(?:{_OTHERS})\d*(?=[\s,/&+|;])")
_NAME = rf"[^\W\d][{vocabulary.LETTERS}]*"
_TARGET = rf"(?P<box>{_NAME}(?:\.{_NAME})?)\s*(?:\(\s*(?P<column>{_NAME})\s*\))?"
_REFERENCE = re.compile(
    rf"(?:→|⟶|➔|➜|⇒|->|=>|\breferences\s|\brefers\s+to\s|\bref\s*:\s*[<>-]*|\bFK\s*(?:to|→|->|:)\s|\bFK(?=\s*\(\s*{_NAME}))\s*[(]?\s*{_TARGET}",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\s+(?://|--|#)\s+(.+)$|(?<=\S)\s*\"([^\"]*)\"\s*$")
_BULLET = re.compile(r"^\s*(?:[-•·▪●◦‣–]|\d+[.)](?=\s))\s*")
_UNTICKED = re.compile(r"(?:(?<!\S)\[ \]|[☐□◻])\s*(?P<mark>(?:not\s+)?\w+)", re.IGNORECASE)
_TICKED = re.compile(r"(?:(?<!\S)\[[xX✓✔]\]|[☑☒✅✔✓])\s*(?P<mark>(?:not\s+)?\w+)", re.IGNORECASE)
_UML = {"{id}": "pk", "[0..1]": "null", "[1..1]": "nn", "[1]": "nn"}
_OPTIONAL = re.compile(r"\s*[\w-]+\?\s*:\s*\S.*|[^?]*[:\s](?P<kind>[\w]+(?:\([^()]*\))?)\?\s*")
_BEFORE_COMMA = re.compile(r"\s+(?=[,;])")
_BETWEEN = re.compile(r"[,/&+;]|(?<=[A-Z])\s+(?=[A-Z])")
_NUMBER = re.compile(r"\d+$")
_COMMA = re.compile(r",(?![^()\[\]]*[)\]])")
_SEPARATORS = (("|", re.compile(r"\|")), ("\t", re.compile(r"\t")), (" : ", re.compile(r"\s*:\s+|\s+:")), (",", _COMMA))
_OPENING = frozenset("[(«<{")
_SIGIL = re.compile(r"\s*(?:(PF|P|F|U|o)(?=\s+\S)|([*#])(?=\s*[\w*])|([+~-])(?=\s*\w))\s*")


@dataclass(slots=True)
class Reading:
    """The rest of the line, and the marks that were found."""

    text: str
    marks: set[str] = field(default_factory=set)
    references: str | None = None
    comment: str | None = None
    type: str | None = None  # where brackets enclosed it beside marks
    default: str | None = None


def take_sigils(reading: Reading, *, hash_: str, star: str, letters: bool) -> None:
    """Extract single signs at the start: `# id`, `* name`, `o phone`, `P * id`, `+ name`."""
    meaning = {"#": hash_, "*": star, "P": "pk", "F": "fk", "U": "uk", "PF": "pk fk", "o": "null"}
    while match := _SIGIL.match(reading.text):
        letter, sign, visibility = match.groups()
        if letter and not letters:
            return
        if not visibility:
            take(reading, meaning[letter or sign])
        reading.text = reading.text[match.end() :]


def take_default(reading: Reading, *, is_about: Callable[[str], bool]) -> None:
    """Extract `default 'open'` or `[default: 1]`. `= 'open'` counts only after a type; elsewhere it is a derivation."""
    if "=" not in reading.text and "default" not in reading.text.lower():
        return
    for match in _DEFAULT.finditer(reading.text):
        before = reading.text[: match.start()].split()
        is_word = "default" in match[0].lower()
        if not before or not (is_word or any(is_about(" ".join(before[n:])) for n in range(1, len(before)))):
            continue
        begun = match.start() + len(match[0]) - len(match[0].lstrip())
        is_open = reading.text[begun] in "([{" and not match["end"]
        start = begun + is_open
        words = reading.text[start : match.end()].strip()
        reading.default = words[1:-1] if match["end"] and words[0] in "([{" else words
        reading.text = f"{reading.text[:start].rstrip(' ')} {reading.text[match.end() :].lstrip(' ')}"
        return


def take_comment(reading: Reading) -> None:
    if not any(sign in reading.text for sign in ("//", "--", "#", '"')):
        return
    if match := _COMMENT.search(reading.text):
        reading.text = reading.text[: match.start()]
        words = [word.strip() for word in (match[1] or match[2] or "").split(",")]
        known = [of_word(word) if word.isupper() or " " in word else None for word in words]
        for mark in known:
            take(reading, mark or "")
        reading.comment = ", ".join(word for word, mark in zip(words, known, strict=True) if mark is None) or None


def take_marks(reading: Reading) -> None:
    """Extract marks anywhere in a line. A board has thousands of lines, and most have none of the signs that a pattern
    needs: looking for a sign costs a tenth of a search."""
    if "[" in reading.text or not reading.text.isascii():
        _take_pictures(reading)
    reading.text = without_pictures(_BULLET.sub("", reading.text, count=1)) if reading.text.strip() else ""
    if "?" in reading.text:
        _take_optional(reading)
    _take_reference(reading)
    _take_cells(reading)
    if not _OPENING.isdisjoint(reading.text):
        reading.text = _GROUP.sub(lambda match: _group(reading, match), reading.text)
    if "," in reading.text or ";" in reading.text:
        reading.text = _BEFORE_COMMA.sub("", reading.text)
    reading.text = _PHRASE.sub(lambda match: _mark(reading, match), reading.text)
    if _HOLE in reading.text:
        reading.text = _TAKEN_OUT.sub(" ", reading.text)
    for pattern, parts in ((_BARE, ("K", "N", "U", "PF")), (_BARE_END, ("k", "nn", "uq"))):
        if any(part in reading.text for part in parts):  # each mark has one of these
            _take_bare(reading, pattern)
    if reading.text[:2].isupper():
        _take_bare(reading, _BARE_HEAD)


def _take_pictures(reading: Reading) -> None:
    """Extract ticked marks and pictures of keys."""
    reading.text = _UNTICKED.sub(lambda match: " " if of_word(match["mark"]) else match[0], reading.text)
    reading.text = _TICKED.sub(lambda match: match["mark"] if of_word(match["mark"]) else match[0], reading.text)
    for picture, mark in PICTURES:
        if picture in reading.text:
            reading.marks.add(mark)
            reading.text = reading.text.replace(picture, " ")


def _mark(reading: Reading, match: re.Match[str]) -> str:
    """Extract a phrase that is a mark. `is null` and `is not null` are conditions, so they stay."""
    if _IS.search(match.string[: match.start()]):
        return match[0]
    return _phrase(reading, match[0], match.string)


def _take_optional(reading: Reading) -> None:
    """Extract `name?: string` or `name: string?`. After other words, the sign is a question mark."""
    optional = _OPTIONAL.match(reading.text)
    if optional and (optional["kind"] is None or column_types.is_type(optional["kind"])):
        reading.marks.add("null")
        reading.text = reading.text.replace("?", "", 1)


def of_cell(cell: str) -> set[str] | None:
    """Return the marks of a text that contains only marks; otherwise None."""
    known: set[str] = set()
    for word in _BETWEEN.split(cell):
        mark = of_word(word.strip()) if word.strip() else None
        if mark is None:
            return None
        known |= _parts(mark)
    return known


@lru_cache(maxsize=65536)
def of_word(word: str) -> str | None:
    """Return the mark that a word or a phrase means; None if it is not a mark."""
    plain = vocabulary.plain(word).strip("()[]«»<>{}. ")
    return vocabulary.MARKS.get(plain, vocabulary.MARKS.get(_NUMBER.sub("", plain)) if plain else None)


def is_reference(text: str) -> bool:
    """Return whether a text contains only the target of a foreign key: `→ orders.id`, `FK to orders`."""
    return _REFERENCE.fullmatch(text.strip()) is not None


def take(reading: Reading, mark: str) -> None:
    reading.marks.update(_parts(mark))


def _parts(mark: str) -> set[str]:
    """Split combined marks: `pk fk` is two. A numbered unique mark also counts as a unique key."""
    return {"uk", "unique"} if mark == "unique" else set(mark.split())


def _take_reference(reading: Reading) -> None:
    """Extract `→ orders.order_id`, `REFERENCES orders(order_id)` or `[ref: > orders.order_id]`."""
    text = reading.text.lower()
    may_refer = ">" in text or "ref" in text or "fk" in text or not text.isascii()
    match = _REFERENCE.search(reading.text) if may_refer else None
    if match is None or not f"{reading.text[: match.start()]}{reading.text[match.end() :]}".strip(" \t:()[]"):
        return  # `FK: customer_id` is a column with its mark
    if match["column"] is None and column_types.is_type(match["box"]) and not column_types.is_noun(match["box"]):
        reading.text = f"{reading.text[: match.start()]}\t{match['box']} {reading.text[match.end() :]}"
        return
    column = None if _is_behind_target(match) else match["column"]
    target = dotted(match["box"])
    reading.references = f"{target}.{column.lower()}" if column else target
    reading.marks.add("fk")
    end = match.end() if column else match.end("box")
    read, rest = reading.text[match.start() : end], reading.text[end:]
    rest = rest.lstrip().removeprefix(")") if read.count("(") > read.count(")") else rest
    if (more := of_cell(rest.strip())) is not None and rest.strip():
        reading.marks |= more
        rest = ""
    reading.text = f"{reading.text[: match.start()]} {rest}"
    reading.text = re.sub(r"[\[(]\s*[\])]", " ", reading.text)


def _is_behind_target(match: re.Match[str]) -> bool:
    """Return whether the brackets behind a target are a mark or a remark: `→ staff.staff_id (optional)`.

    `sales.orders (order_id)` is a column in a schema's table; a plain word behind a column and a blank is a remark.
    """
    if match["column"] is None:
        return False
    is_apart = "." in match["box"] and match.string[match.end("box")].isspace()
    name = match["column"].lower()
    return of_word(name) is not None or (is_apart and "_" not in name and name != "id")


def _take_cells(reading: Reading) -> None:
    """Extract marks that fill a whole cell: `id | int | PK | not null`."""
    for separator, pattern in _SEPARATORS:
        if separator.strip(" ") not in reading.text or (separator == "," and not re.match(r"[^,]*:", reading.text)):
            continue
        cells = pattern.split(reading.text)
        if len(cells) < 2:
            continue
        found = {i: marks for i, cell in enumerate(cells) if (marks := of_cell(cell)) is not None}
        if len(found) < len([cell for cell in cells if cell.strip()]):
            for marks in found.values():
                reading.marks |= marks
            reading.text = separator.join(cell for i, cell in enumerate(cells) if i not in found)


def _group(reading: Reading, match: re.Match[str]) -> str:
    """Extract a bracket of marks, or of a type beside marks. Other brackets belong to a type and stay."""
    inner = next(g for g in match.groups() if g is not None)
    if match[0].replace(" ", "").lower() in _UML:
        take(reading, _UML[match[0].replace(" ", "").lower()])
        return " "
    words = [word.strip() for word in re.split(r"[,;/&|+](?![^(]*\))", inner) if word.strip()]
    known = [of_word(word) for word in words]
    apart = match.start() > 0 and match.string[match.start() - 1] in " \t:"
    is_typed = apart and all(
        mark is not None or column_types.is_type(word) for mark, word in zip(known, words, strict=True)
    )
    if not any(mark is not None for mark in known) and not is_typed:
        return " " if apart and _is_remark(reading, inner, match) else match[0]
    for word, mark in zip(words, known, strict=True):
        if mark is not None:
            take(reading, mark)
        elif is_typed and reading.type is None:
            reading.type = word
        elif word.lower().startswith("note:"):
            reading.comment = word[5:].strip(" '\"") or None
    return " "


def _is_remark(reading: Reading, inner: str, match: re.Match[str]) -> bool:
    """Return whether a bracket after a complete type is a comment: `weight numeric (kg)`."""
    before = match.string[: match.start()].replace(":", " ").split()
    is_behind = any(column_types.is_type(" ".join(before[n:])) for n in range(1, len(before)))
    is_list = before[-1].lower() in ("enum", "set") or column_types.enumeration(f"x: {match[0]}") if before else True
    if not is_behind or is_list or not re.match(r"[^\W\d]", inner):
        return False
    reading.comment = ", ".join(filter(None, (reading.comment, inner.strip())))
    return True


def _phrase(reading: Reading, phrase: str, line: str) -> str:
    """Extract a phrase. A phrase that is the whole line is a name."""
    if not line.replace(phrase, "").strip(" \t,:;|()[]"):
        return phrase
    plain = vocabulary.plain(phrase.replace("_", " "))
    take(reading, vocabulary.MARKS.get(plain, ""))
    return _HOLE


def _take_bare(reading: Reading, pattern: re.Pattern[str]) -> None:
    """Extract `PK`, `PK,FK` or `FK1` at any position, `PS` at the first one. The only word of a line is a name, never
    a mark."""
    while match := pattern.search(text := reading.text.strip(" \t,/&+;")):
        rest = f"{text[: match.start()].rstrip(' ,/&+;')} {text[match.end() :].lstrip(' ,/&+;')}"
        if not rest.strip(" \t,/&+|;:") or (pattern is _BARE_HEAD and column_types.is_type(rest)):
            return
        take(reading, vocabulary.MARKS.get(re.sub(r"\d+(?:\.\d+)?$", "", match[0].lower()), ""))
        reading.text = rest.strip()
