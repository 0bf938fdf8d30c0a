"""One line of a box as a column: `PK id varchar`, `id : int (PK)`, `id | date | PK`, `🔑 id`, `uuid id PK` …"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from erd2dbt.diagnostics import Span
from erd2dbt.diagram import Key, Row, one_of_each
from erd2dbt.postgres_types import understood
from erd2dbt.read import derivations
from erd2dbt.read.titles import dotted, slug, visible, without_pictures
from erd2dbt.sql.catalog import catalog

LONGEST = 300  # characters of a line that may be a column
_MARKS = {
    **dict.fromkeys(("pk", "primary key", "primary"), "pk"),
    **dict.fromkeys(("fk", "foreign key", "ref"), "fk"),
    **dict.fromkeys(("uk", "uq", "ak", "unique", "unique key"), "uk"),
    **dict.fromkeys(("pfk", "pf"), "pk fk"),
    **dict.fromkeys(("nn", "not null", "not_null", "required", "mandatory"), "nn"),
    **dict.fromkeys(("null", "nullable", "optional"), "null"),
    **dict.fromkeys(("increment", "auto_increment", "autoincrement", "auto increment", "identity", "ai", "index"), ""),
}
_PICTURES = (("🔑", "PK"), ("🗝", "PK"), ("🔐", "PK"), ("🔗", "FK"), ("🖇", "FK"))
_GROUP = re.compile(r"\[([^\[\]]*)\]|\(([^()]*)\)|«([^«»]*)»|<<([^<>]*)>>|\{([^{}]*)\}")
_PHRASE = re.compile(
    r"\b(?:primary\s+key|foreign\s+key|not[\s_]null|unique(?:\s+key)?|nullable|auto_?increment)\b"
    r"|(?<=\s)null\b|\bdefault\s+\S+",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:PK|FK|UK|UQ|AK|NN|PFK|PF|NOT_NULL|NULL|pk|fk)\d*(?=$|[\s,/&+|;])")
_BARE_LAST = re.compile(r"(?:^|(?<=[\s,/&+|;]))(?:PK|FK|UK|UQ|AK|NN|PFK|PF|NOT_NULL|NULL|pk|fk)\d*$")
_TARGET = r"(?P<box>[^\W\d]\w*(?:\.[^\W\d]\w*)?)\s*(?:\(\s*(?P<column>\w+)\s*\))?"
_REFERENCE = re.compile(
    rf"(?:→|⟶|➔|➜|->|=>|\breferences\s|\bref\s*:\s*[<>-]*|\bFK\s*(?:to|→|->|:)\s)\s*{_TARGET}", re.IGNORECASE
)
_COMMENT = re.compile(r"\s+(?://|--|#)\s+(.+)$|\s*\"([^\"]*)\"\s*$")
_BULLET = re.compile(r"^\s*(?:[-•·▪●◦‣–]|\*(?=\s)|\+(?=\s)|\d+[.)](?=\s))\s*")
_ENUM = re.compile(r"(?:enum|set)\s*\(.*\)", re.IGNORECASE)
_LEGEND = re.compile(r"^\W*(?:PK|FK|UK|NN|N|M|\d)\s*[=:–-]\s*[a-z]|(?<![<>=!])=(?!=)")
_NAMES_TOO = {"name", "path", "point", "line", "box", "circle", "polygon", "oid", "number", "object", "long"}
_ODD = re.compile(r"[<>{};?!\\=]")
_CUT = ("…", "...")
_NOWHERE = Span("", 1, 1)
_CUT_WORD = re.compile(r"(?<=\w)(?:…|\.\.\.)(?=\s|$)")


@dataclass(slots=True)
class _Reading:
    """What is left of the line, and what was found in it."""

    text: str
    marks: set[str] = field(default_factory=set)
    references: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A line as a column. `sure`: a mark or a type says so; else it may be prose. `is_cut`: its end was not shown."""

    row: Row
    sure: bool
    is_cut: bool


def parse(text: str, span: Span, *, underlined: bool = False, italic: bool = False) -> Parsed | None:
    """A line read; None when it cannot be a column. Underlined is a primary key, italic a foreign one."""
    found = _parsed(text, underlined, italic)
    return found and replace(found, row=replace(found.row, span=span))


@lru_cache(maxsize=20_000)  # boards say `id bigint` a thousand times, and each line is asked about more than once
def _parsed(text: str, underlined: bool, italic: bool) -> Parsed | None:
    """The same for a line that stands nowhere."""
    shown = visible(text)
    if len(shown) > LONGEST:
        return None
    made = derivations.split(shown, _is_about_column)
    reading = _Reading(made.column if made else shown)
    if _LEGEND.search(reading.text):
        return None
    _take_comment(reading)
    _take_marks(reading)
    is_cut = _CUT_WORD.search(reading.text) is not None
    plain = _CUT_WORD.sub("", reading.text) if is_cut else reading.text
    name, type_, rest = _name_and_type(plain.rstrip(" .\t"), marked=bool(reading.marks))
    if not name:
        return None
    marks = reading.marks | ({"pk"} if underlined else set()) | ({"fk"} if italic else set())
    keys = one_of_each(Key(mark.upper()) for mark in marks if mark.upper() in Key.__members__)
    row = Row(
        name=name,
        span=_NOWHERE,
        type=type_,
        keys=keys if keys != (Key.UK,) or "unique" not in marks else (),
        not_null=True if "nn" in marks else False if "null" in marks else None,
        unique="unique" in marks,
        description=reading.comment or rest or None,
        references=reading.references,
        derivation=made.words if made else None,
    )
    return Parsed(row, sure=bool(marks or type_), is_cut=is_cut)


def _is_about_column(text: str) -> bool:
    """A type or marks; a call of a function is no type."""
    word = text.strip().partition("(")[0].strip().lower()
    is_call = "(" in text and (word == "ratio" or bool(catalog().functions(word)))
    is_like = _looks_like_type(text) and not is_call
    return _is_type(text) or is_like or _marks_only(text.strip(" ()[]")) is not None


def from_cells(text: str, span: Span) -> Parsed | None:
    """`PK⇥id⇥int`, as Miro's diagram language has it: the name stands as written."""
    cells = [cell.strip() for cell in text.split("\t")]
    marks = _marks_only(cells[0]) if cells[0] else ""
    if marks is None:
        cells, marks = ["", *cells], ""
    shown = (visible(cells[1]) if len(cells) > 1 else "").rstrip("…")
    if not shown:
        return None
    found = set(marks.split()) if marks else set()
    type_, made = _typed(cells[2]) if len(cells) > 2 else (None, None)
    row = Row(
        name=shown.lower() if shown.isupper() else shown,
        span=span,
        type=type_,
        derivation=made,
        description=" ".join(filter(None, cells[3:])) or None,
        keys=one_of_each(Key(mark.upper()) for mark in found if mark.upper() in Key.__members__),
        not_null=True if "nn" in found else False if "null" in found else None,
    )
    return Parsed(row, sure=True, is_cut=any(cell.endswith(_CUT) for cell in cells))


def _typed(cell: str) -> tuple[str | None, str | None]:
    """The type in a cell, and a derivation behind it."""
    made = derivations.split(f"x {cell}", _is_about_column)
    plain = made.column.removeprefix("x") if made else cell
    return _type(plain) or None, made.words if made else None


def names(text: str, span: Span) -> Iterator[Parsed]:
    """`name, email`: several columns in one line without types; one or none otherwise."""
    is_made = derivations.split(visible(text), _is_about_column) is not None
    parts = [] if is_made else [part.strip() for part in re.split(r",(?![^()\[\]]*[)\]])", text)]
    if len(parts) > 1 and all(parts) and not any(_is_type(part) for part in parts[1:]):
        read = [one for part in parts if (one := parse(part, span)) and one.row.type is None]
        if len(read) == len(parts):
            yield from read
            return
    if one := parse(text, span):
        yield one


def with_keys(row: Row, keys: Iterable[Key]) -> Row:
    return replace(row, keys=one_of_each((*row.keys, *keys)))


def _take_comment(reading: _Reading) -> None:
    if match := _COMMENT.search(reading.text):
        reading.comment = (match[1] or match[2] or "").strip() or None
        reading.text = reading.text[: match.start()]


def _take_marks(reading: _Reading) -> None:
    for picture, mark in _PICTURES:
        if picture in reading.text:
            reading.marks.add(mark.lower())
            reading.text = reading.text.replace(picture, " ")
    reading.text = without_pictures(_BULLET.sub("", reading.text, count=1)) if reading.text.strip() else ""
    _take_reference(reading)
    _take_cells(reading)
    reading.text = _GROUP.sub(lambda match: _group(reading, match), reading.text)
    reading.text = re.sub(r"\s+(?=[,;])", "", reading.text)
    reading.text = _PHRASE.sub(lambda match: _phrase(reading, match[0]), reading.text)
    if reading.text.lstrip()[:1] in ("*", "#") and reading.text.strip("*# \t"):
        reading.marks.add("pk")
        reading.text = reading.text.lstrip("*# \t")
    _take_bare(reading)


def _take_reference(reading: _Reading) -> None:
    """`→ orders.order_id`, `REFERENCES orders(order_id)`, `[ref: > orders.order_id]`."""
    match = _REFERENCE.search(reading.text)
    if match is None:
        return
    target = dotted(match["box"])
    reading.references = f"{target}.{match['column'].lower()}" if match["column"] else target
    reading.marks.add("fk")
    reading.text = f"{reading.text[: match.start()]} {reading.text[match.end() :]}"
    reading.text = re.sub(r"[\[(]\s*[\])]", " ", reading.text)


def _take_cells(reading: _Reading) -> None:
    """Marks that are the whole of a cell: `id | int | PK | not null`."""
    for separator in ("|", "\t"):
        cells = reading.text.split(separator)
        if len(cells) < 2:
            continue
        marks = {i: marks for i, cell in enumerate(cells) if (marks := _marks_only(cell)) is not None}
        if len(marks) < len([cell for cell in cells if cell.strip()]):
            for found in marks.values():
                _mark(reading, found)
            reading.text = separator.join(cell for i, cell in enumerate(cells) if i not in marks)


def _marks_only(cell: str) -> str | None:
    """The marks of a cell that holds nothing else."""
    words = [re.sub(r"\d+$", "", word.strip().lower()) for word in re.split(r"[,/&+;]", cell)]
    if not all(words) or not all(word in _MARKS for word in words):
        return None
    return " ".join("unique" if word == "unique" else _MARKS[word] for word in words)


def _group(reading: _Reading, match: re.Match[str]) -> str:
    """A bracket that holds marks, taken out; one that holds anything else stays, for it belongs to a type."""
    words = [w.strip().lower() for w in re.split(r"[,;/&|+]", next(g for g in match.groups() if g is not None))]
    known = [_MARKS.get(re.sub(r"\d+$", "", word)) for word in words]
    if not any(mark is not None for mark in known):
        return match[0]
    for word, mark in zip(words, known, strict=True):
        _mark(reading, "unique" if word == "unique" else mark or "")
        if word.startswith("note:"):
            reading.comment = word.removeprefix("note:").strip(" '\"") or None
    return " "


def _phrase(reading: _Reading, phrase: str) -> str:
    words = " ".join(phrase.lower().replace("_", " ").split())
    _mark(reading, "unique" if words.startswith("unique") else _MARKS.get(words, ""))
    return " "


def _mark(reading: _Reading, marks: str) -> None:
    for mark in marks.split():
        reading.marks.update({"uk", "unique"} if mark == "unique" else {mark})


def _take_bare(reading: _Reading) -> None:
    """`PK`, `PK,FK` or `FK1` at either end; never the only word, which is a name."""
    for pattern, behind in ((_BARE, False), (_BARE_LAST, True)):
        while True:
            text = reading.text.strip(" \t,/&+;")
            match = pattern.search(text) if behind else pattern.match(text)
            rest = "" if match is None else text[: match.start()] if behind else text[match.end() :]
            if match is None or not rest.strip(" \t,/&+|;:"):
                break
            word = re.sub(r"\d+$", "", match[0].lower())
            _mark(reading, _MARKS.get(word, ""))
            reading.text = rest


def _name_and_type(text: str, *, marked: bool) -> tuple[str, str | None, str]:
    """(name, type, what is left); no name when the words are prose."""
    cells = _cells(text)
    if len(cells) > 1:
        if _is_type(cells[0]) and not _is_type(cells[1]):
            cells[0], cells[1] = cells[1], cells[0]
        type_ = _type(cells[1]) if _is_type(cells[1]) or _looks_like_type(cells[1]) else None
        rest = cells[1:] if type_ is None else cells[2:]
        return _name(cells[0]), type_, " ".join(rest)
    return _from_words(cells[0].split(), marked=marked) if cells else ("", None, "")


def _cells(text: str) -> list[str]:
    """The parts of a line by its strongest separator: `|`, tab, colon, two blanks, a comma before a type."""
    plain = text.strip().strip(",;").strip()
    for separator in (r"\|", r"\t+", r"(?<=\S)\s*:\s+|(?<=\w)\s+:\s*|(?<=\w):(?=\w)", r"\s{2,}"):
        parts = [part.strip() for part in re.split(separator, plain)]
        if len(parts) > 1:
            return [part for part in parts if part]
    head, comma, tail = plain.partition(",")
    if comma and _is_type(tail.strip()):
        return [head.strip(), tail.strip()]
    return [plain] if plain else []


def _from_words(words: list[str], *, marked: bool) -> tuple[str, str | None, str]:
    if len(words) == 1:
        return _name(words[0]), None, ""
    for first, others in ((words[0], words[1:]), (None, words)):
        for count in range(min(5, len(others)), 0, -1):
            if not _is_type(type_ := " ".join(others[:count])):
                continue
            if first is not None:
                return _name(first), _type(type_), " ".join(others[count:])
            if len(others) > count and (name := _name(others[count])):
                return name, _type(type_), " ".join(others[count + 1 :])
    if _looks_like_type(words[1]) and (len(words) == 2 or marked):
        return _name(words[0]), _type(words[1]), " ".join(words[2:])
    whole = " ".join(words)
    if len(words) <= 3 and re.fullmatch(r"[\w ]+", whole):
        return slug(whole), None, ""
    return (_name(words[0]), None, " ".join(words[1:])) if marked else ("", None, "")


def _name(text: str) -> str:
    """A column's name: as written when it is a word of a database, else in lower case with `_`."""
    plain = text.strip("`\"' ").strip(":;, ")
    if plain.isidentifier():
        return plain.lower() if plain.isupper() else plain
    if re.fullmatch(r"[\w.$-]+", plain):
        plain = plain.rsplit(".", 1)[-1]
    return slug(plain) if len(plain.split()) <= 4 and not _ODD.search(plain) else ""


def _is_type(text: str) -> bool:
    """A type of PostgreSQL or of another system; not a word that is as often a column's name."""
    plain = text.strip()
    if not plain or plain.lower() in _NAMES_TOO:
        return False
    return understood(plain) is not None or _ENUM.fullmatch(plain) is not None


def _looks_like_type(text: str) -> bool:
    """`citext(20)`, `geometry(point,4326)`: a word with something in brackets behind it."""
    return re.fullmatch(r"[A-Za-z_]\w*\s*\([^()]*\)|[A-Za-z_]\w*\[\]", text.strip()) is not None


def _type(text: str) -> str:
    """In lower case but for what stands in quotes."""
    return re.sub(r"[^'\"]+(?=(?:[^'\"]*['\"][^'\"]*['\"])*[^'\"]*$)", lambda m: m[0].lower(), text.strip())
