"""Parses one line of a box as a column: `PK id varchar`, `id : int (PK)`, `id | date | PK`, `🔑 id`, `uuid id PK`.

The meaning of a line may depend on the other lines of the box. `Style` is the notation that they share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram.drawing import Key, Row, one_of_each
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes import column_types, derivations, marks
from erd2dbt.read.boxes.marks import Reading
from erd2dbt.read.boxes.titles import visible
from erd2dbt.read.boxes.vocabulary import LETTERS, half_width
from erd2dbt.sql.catalog import catalog

LONGEST = 300  # maximum characters of a line that may be a column
_MOST_WORDS = 6  # maximum characters of a column's name
_LEGEND = re.compile(r"(?P<head>\W*(?:(?P<mark>PK|FK|UK|NN)|N|M|\d)\s*[=:–-]\s*)[a-z]")
_EQUAL = re.compile(r"(?<![<>=!])=(?!=)")
_OPERATION = re.compile(r"[\s+#~-]*\w+\s*\([^()]*\)\s*(?::\s*[\w<>\[\], ]+)?(?:\{\w+\})?\s*")
_ODD = re.compile(r"[<>{};?!\\=]")
_WORDS = re.compile(rf"[{LETTERS} ()/%&'-]+")
_CUT = ("…", "...")
_NOWHERE = Span("", 1, 1)
_CUT_WORD = re.compile(r"(?<=\w)(?:…|\.\.\.)(?=\s|$)")
_BRACKET = re.compile(r"(.*[\w)])\s*[(\[{]([^()\[\]{}]+)[)\]}]")
_LIST = re.compile(r"(?P<column>[^()]*\w(?:\(\d+\))?)\s*\((?P<values>\s*[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)+\s*)\)")
_DASH = re.compile(r"(?<=\S)\s+[–—-]\s+(?=\S)")
_ENUM = re.compile(r"\benum\s+\(", re.IGNORECASE)
# Each separator, with a sign that it has.
_SEPARATORS = tuple((sign, re.compile(pattern)) for sign, pattern in (
    ("|", r"\|"), ("\t", r"\t+"), (":", r"(?<=\S)\s*:\s+|(?<=[\w)])\s*:\s*(?=\S)"), ("  ", r"\s{2,}")
))  # fmt: skip
_BETWEEN = re.compile(r"[,;/|](?![^(]*\))")
_BULLETS = re.compile(r"^(?:[*#+~-]\s*)+")
_LETTER = re.compile(r"(PF|P|F|U|o)\s+(?=[*\w])")
_QUALIFIED = re.compile(r"[\w.$-]+")
_COMMA = re.compile(r",(?![^()\[\]]*[)\]])")
_CALLED = re.compile(r"\w\s*\(\s*\)|\)\s*:")
_SIGNS = re.compile(r"[#*]|\b(?:PF|P|F|U|o)\b")  # their meaning depends on the style of a box
_NUMBER_OF = re.compile(r"\s*#\s+(?:of|de|di|do|da|von|van)\s+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Style:
    """The notation that the lines of one box share.

    `hash_` and `star`: the mark for a leading `#` and `*`; empty for none, `number` for "number of". `hash_` is `fk`
    for `#id` beside marked keys, as in French diagrams.

    `letters`: whether a leading `P`, `F` or `o` is a mark. `first`: whether a type may precede its name. `nouns`:
    whether an everyday word such as `date` is a type after a blank.
    """

    hash_: str = "pk"
    star: str = "pk"
    letters: bool = False
    first: bool = True
    nouns: bool = True


ALONE = Style()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A line parsed as a column. `sure`: a mark or a type is the evidence; otherwise it may be prose. `is_cut`: its end
    was truncated.

    `order`: `name` or `type`, whichever is first where only a blank separates them. `noun`: its type is an everyday
    word after a blank. `default`: the text of its default.
    """

    row: Row
    sure: bool
    is_cut: bool
    order: str = ""
    noun: bool = False
    default: str | None = None


def parse(
    text: str, span: Span, *, underlined: bool = False, italic: bool = False, style: Style = ALONE
) -> Parsed | None:
    """Parse a line; None when it cannot be a column. Underlined means primary key, italic means foreign key."""
    found = _parsed(text, underlined, italic, style)
    return found if found is None or span == found.row.span else replace(found, row=replace(found.row, span=span))


def _parsed(text: str, underlined: bool, italic: bool, style: Style) -> Parsed | None:
    """Parse a line without its position."""
    alone = _styled(text, underlined, italic, ALONE)
    return _styled(text, underlined, italic, style).parsed if alone.depends else alone.parsed


@dataclass(frozen=True, slots=True)
class _Styled:
    """A line parsed in one style. `depends`: another style may give another result."""

    parsed: Parsed | None
    depends: bool = False


@lru_cache(maxsize=100_000)  # boards contain `id bigint` a thousand times, and each line is parsed more than once
def _styled(text: str, underlined: bool, italic: bool, style: Style) -> _Styled:
    """Parse a line without its position, so that equal lines share one result."""
    plain = half_width(visible(text))
    plain = _ENUM.sub("enum(", plain) if "(" in plain else plain
    if len(plain) > LONGEST or _is_legend(plain) or is_operation(plain):
        return _Styled(None)
    has_signs = _SIGNS.search(plain) is not None
    dashed = _DASH.split(plain)
    if len(dashed) > 1 and all(map(is_about_column, dashed[1:])):
        plain = "\t".join(dashed)
    if (listed := _with_values(plain, underlined, italic, style)) is not None:
        return listed
    defaulted = Reading(plain)
    marks.take_default(defaulted, is_about=is_about_column)
    plain = defaulted.text
    made = None if column_types.enumeration(plain) else derivations.split(plain, is_about_column)
    reading = Reading(made.column if made else plain)
    _take_number_of(reading, style)
    marks.take_sigils(reading, hash_=style.hash_, star=style.star, letters=style.letters)
    marks.take_comment(reading)
    if _EQUAL.search(reading.text):
        return _Styled(None, has_signs)
    marks.take_marks(reading)
    is_cut = _CUT_WORD.search(reading.text) is not None
    reading.text = (_CUT_WORD.sub("", reading.text) if is_cut else reading.text).rstrip(" .\t")
    found = _name_and_type(reading, style)
    depends = has_signs or found.depends
    if not found.name:
        return _Styled(None, depends)
    reading.marks |= ({"pk"} if underlined else set()) | ({"fk"} if italic else set())
    row = _row(reading, found, (made.words or None) if made else None)
    sure = bool(reading.marks or found.type or found.values)
    parsed = Parsed(row, sure=sure, is_cut=is_cut, order=found.order, noun=found.noun, default=defaulted.default)
    return _Styled(parsed, depends)


def _with_values(text: str, underlined: bool, italic: bool, style: Style) -> _Styled | None:
    """Parse `status text (open, paid)`: single words behind a text column are its values; None for any other line."""
    match = _LIST.fullmatch(text) if text.endswith(")") else None
    if match is None or is_about_column(match["values"]):
        return None
    values = tuple(value.strip() for value in match["values"].split(","))
    styled = _styled(match["column"].strip(), underlined, italic, style)
    found = styled.parsed
    if found is None or family(found.row.type or "") != "text" or any(map(is_about_column, values)):
        return None
    guess = "; ".join(filter(None, (found.row.guess, "the words in brackets are read as its values")))
    row = replace(found.row, values=values, guess=guess)
    return replace(styled, parsed=replace(found, row=row, sure=True))


def _is_legend(text: str) -> bool:
    """Return whether a line is a legend: `PK = primary key`, `N: many`; not `PK: order_id int`."""
    match = _LEGEND.match(text)
    if match is None:
        return False
    rest = text[match.end("head") :].strip()
    is_column = marks.of_cell(rest) is None and (rest.isidentifier() or is_sure(rest))
    return not (match["mark"] and is_column)


def _row(reading: Reading, found: _Found, derivation: str | None) -> Row:
    """Return the row with the meaning of its marks."""
    keys = one_of_each(Key(mark.upper()) for mark in reading.marks if mark.upper() in Key.__members__)
    return Row(
        name=found.name,
        span=_NOWHERE,
        type=found.type,
        values=found.values,
        derivation=derivation,
        description=" ".join(filter(None, (found.rest, reading.comment))) or None,
        guess=found.guess,
        keys=keys if keys != (Key.UK,) or "unique" not in reading.marks else (),
        not_null=True if "nn" in reading.marks else False if "null" in reading.marks else None,
        unique="unique" in reading.marks,
        references=reading.references,
    )


def is_operation(text: str) -> bool:
    """Return whether a line is a method of a class, `+ total(): float`, rather than a name and a type in brackets."""
    return "(" in text and _OPERATION.fullmatch(text) is not None and _CALLED.search(text) is not None


@lru_cache(maxsize=65536)
def is_about_column(text: str) -> bool:
    """Return whether a text is types, marks or a reference. A function call is not a type."""
    word = text.strip().partition("(")[0].strip().lower()
    is_call = "(" in text and (word == "ratio" or bool(catalog().functions(word)))
    if column_types.is_type(text) or (column_types.looks_like_type(text) and not is_call):
        return True
    if (bracket := _BRACKET.fullmatch(text.strip())) and is_about_column(bracket[1]):
        return is_about_column(bracket[2])
    parts = [part.strip() for part in _BETWEEN.split(text.strip(" ()[]"))]
    return all(
        column_types.is_type(part) or marks.of_cell(part) is not None or marks.is_reference(part) for part in parts
    )


def from_cells(text: str, span: Span) -> Parsed | None:
    """Parse `PK⇥id⇥int`, the form of Miro's diagram language. The name is kept as written."""
    cells = [cell.strip() for cell in text.split("\t")]
    found = marks.of_cell(cells[0]) if cells[0] else set()
    unknown = None
    if found is None and len(cells) > 2 and column_types.is_type(cells[2]) and not column_types.is_type(cells[1]):
        unknown, found = f"its mark `{cells[0]}` is not known", set()
    elif found is None:
        cells, found = ["", *cells], set()
    shown = (visible(cells[1]) if len(cells) > 1 else "").rstrip("…")
    if not shown:
        return None
    type_, made = _typed_cell(cells[2]) if len(cells) > 2 else (None, None)
    if made is None and _DASH.search(shown) and (own := derivations.split(shown, is_about_column)) and own.words:
        shown, made = own.column, own.words  # a dash and words behind a name
    rest = Reading("\t".join(("x", *cells[3:])))
    marks.take_default(rest, is_about=is_about_column)
    remarks = [cell.strip() for cell in rest.text.split("\t")[1:] if cell.strip()]
    said = [marks.of_cell(cell) for cell in remarks]
    found = found.union(*filter(None, said))
    row = Row(
        name=shown.lower() if shown.isupper() else shown,
        span=span,
        type=type_,
        derivation=made,
        guess=unknown,
        description=" ".join(cell for cell, own in zip(remarks, said, strict=True) if own is None) or None,
        keys=one_of_each(Key(mark.upper()) for mark in found if mark.upper() in Key.__members__),
        not_null=True if "nn" in found else False if "null" in found else None,
    )
    return Parsed(row, sure=True, is_cut=any(cell.endswith(_CUT) for cell in cells), default=rest.default)


@lru_cache(maxsize=65536)  # each line is parsed once for each way in which it may belong to a box
def is_sure(text: str) -> bool:
    """Return whether a mark or a type shows that a line is a column."""
    return any(read.sure for read in names(text, _NOWHERE))


def _typed_cell(cell: str) -> tuple[str | None, str | None]:
    """Return the type in a cell, and the derivation after it."""
    made = derivations.split(f"x {cell}", is_about_column)
    plain = made.column.removeprefix("x") if made else cell
    return column_types.lower(plain) or None, (made.words or None) if made else None


def names(text: str, span: Span, style: Style = ALONE) -> Iterator[Parsed]:
    """Return the columns of a line without types, such as `name, email`; at most one name means a single column."""
    parts = [part.strip() for part in _COMMA.split(half_width(text))]
    if (
        len(parts) > 1
        and all(parts)
        and ":" not in parts[0]
        and not any(map(column_types.is_type, parts[1:]))
        and not _has_derivation(text)
    ):
        read = [one for part in parts if (one := parse(part, span, style=style)) and one.row.type is None]
        if len(read) == len(parts):
            yield from read
            return
    if one := parse(text, span, style=style):
        yield one


def _has_derivation(text: str) -> bool:
    found = derivations.split(half_width(visible(text)), is_about_column)
    return found is not None and bool(found.words)


def style_of(texts: Iterable[str], *, keyed: bool = False) -> Style:
    """Return the notation of one box's lines. `keyed`: something other than words marks a key, such as a ruler below
    it.
    """
    plain = [half_width(visible(text)).strip() for text in texts]
    read = [one for text in plain if (one := _parsed(text, False, False, ALONE))]
    bare = [_parsed(_BULLETS.sub("", text), False, False, ALONE) for text in plain]
    is_marked = keyed or any(one is not None and one.row.has(Key.PK) for one in bare)
    signs = [text[0] if text[:1] in ("#", "*", "+", "~") or text.startswith("- ") else "" for text in plain]
    letters = [match[1] for text in plain if (match := _LETTER.match(text))]
    attached = any(re.match(r"#\w", text) for text in plain) and not any(re.match(r"#\s", text) for text in plain)
    hashed, starred = signs.count("#"), signs.count("*")
    is_barker = bool(hashed) and bool(starred or "o" in letters) and not is_marked
    order = {one.order for one in read if one.order and not one.noun}
    untyped = [one for one in read if not one.row.type and not one.row.keys and not _is_made(one.row)]
    is_class = "+" in signs or "~" in signs or (is_marked and "-" in signs)
    star = "nn" if is_barker or is_marked or "P" in letters or starred > max(2, len(plain) / 2) else "pk"
    return Style(
        hash_="" if is_class else ("fk" if attached else "number") if is_marked else "pk",
        star=star,
        letters=is_barker or "P" in letters or "PF" in letters,
        first="name" not in order,
        nouns=bool(order) or any(one.row.type and not one.noun for one in read) or not untyped,
    )


def _is_made(row: Row) -> bool:
    """Return whether a row has a derivation. Such a row needs no type, and is not evidence about the other rows."""
    return bool(row.derivation or row.description)


def without_key(row: Row) -> Row:
    return replace(row, keys=tuple(key for key in row.keys if key is not Key.PK))


def with_keys(row: Row, keys: Iterable[Key]) -> Row:
    return replace(row, keys=one_of_each((*row.keys, *keys)))


def _take_number_of(reading: Reading, style: Style) -> None:
    """Rewrite `# of receipts`, and `# receipts` in a box that marks its key with words, as a count."""
    if match := _NUMBER_OF.match(reading.text):
        reading.text = f"number of {reading.text[match.end() :]}"
    elif style.hash_ == "number" and re.match(r"\s*#\s+\w", reading.text):
        reading.text = re.sub(r"^\s*#\s+", "number of ", reading.text)


# -- what is left once marks are taken: a name, a type, and words about them


@dataclass(frozen=True, slots=True)
class _Found:
    """`depends`: another style may give another result."""

    name: str = ""
    type: str | None = None
    rest: str = ""
    values: tuple[str, ...] = ()
    guess: str | None = None
    order: str = ""
    noun: bool = False
    depends: bool = False


def _name_and_type(reading: Reading, style: Style) -> _Found:
    """Return (name, type). The name is empty when the words are prose."""
    if reading.type:
        name = _name(reading.text)
        return _typed(name, reading.type) if name else _Found()
    if values := column_types.enumeration(reading.text):
        found = _from_words(values[0].split(), style, marked=bool(reading.marks))
        is_typed = found.type is not None and (found.type == "text" or not column_types.is_noun(found.type))
        named = found if is_typed else _Found(_name(values[0]), "text", depends=found.depends)
        return replace(named, values=values[1])
    cells = _cells(reading.text)
    if len(cells) > 1:
        return _of_cells(cells)
    return _from_words(cells[0].split(), style, marked=bool(reading.marks)) if cells else _Found()


def _of_cells(cells: list[str]) -> _Found:
    if column_types.is_type(cells[0]) and not column_types.is_type(cells[1]):
        cells[0], cells[1] = cells[1], cells[0]
    if column_types.is_type(cells[1]) or column_types.looks_like_type(cells[1]):
        return _typed(_name(cells[0]), cells[1], " ".join(cells[2:]))
    if len(cells) > 2 and column_types.is_type(cells[2]):
        return _of_three(cells)
    head, _, tail = cells[1].partition(" ")
    if len(cells) == 2 and column_types.is_type(head) and not column_types.is_formula(cells[1]):
        return _typed(_name(cells[0]), head, tail.strip())
    return _Found(_name(cells[0]), rest=" ".join(cells[1:]))


def _of_three(cells: list[str]) -> _Found:
    """Return the name and type of three cells: the type is the third cell, the name the second. The first is a label or
    a mark, unless only the first is a valid identifier.
    """
    at = 0 if not cells[1].isidentifier() or ("_" in cells[0] and "_" not in cells[1]) else 1
    found = _typed(_name(cells[at]), cells[2], " ".join(cells[3:]))
    other = f"`{cells[1 - at]}` beside it is not known, and is kept as its description"
    return replace(found, rest=" ".join(filter(None, (cells[1 - at], found.rest))),
                   guess="; ".join(filter(None, (found.guess, other))))  # fmt: skip


def _typed(name: str, kind: str, rest: str = "", order: str = "", *, noun: bool = False) -> _Found:
    known = column_types.translated(kind)
    guess = f"`{kind.strip()}` is read as the type {known}" if known else None
    depends = noun or order == "type"
    return _Found(name, known or column_types.lower(kind), rest, guess=guess, order=order, noun=noun, depends=depends)


def _cells(text: str) -> list[str]:
    """Split a line at its strongest separator: `|`, tab, colon, two blanks, or a comma before a type."""
    plain = text.strip().strip(",;").strip()
    for sign, separator in _SEPARATORS:
        if sign not in plain and (sign != "  " or plain.isprintable()):  # other blanks than plain ones do not print
            continue
        parts = [part.strip() for part in separator.split(plain)]
        if len(parts) > 1:
            return [part for part in parts if part]
    head, comma, tail = plain.partition(",")
    if comma and column_types.is_type(tail.strip()):
        return [head.strip(), tail.strip()]
    return [plain] if plain else []


def _from_words(words: list[str], style: Style, *, marked: bool) -> _Found:
    """Return name and type by words: a type at the end, else at the start, else all words are the name."""
    if len(words) < 2:
        return _Found(_name(" ".join(words)))
    for begun in range(1, len(words)):
        kind = " ".join(words[begun:])
        if column_types.is_type(kind) and (style.nouns or not column_types.is_noun(kind)):
            return _typed(_name(" ".join(words[:begun])), kind, order="name", noun=column_types.is_noun(kind))
    for count in range(min(5, len(words) - 1), 0, -1):
        kind = " ".join(words[:count])
        is_whole = len(words) == count + 1
        if style.first and is_whole and column_types.is_type(kind) and (style.nouns or not column_types.is_noun(kind)):
            return _typed(_name(words[count]), kind, order="type", noun=column_types.is_noun(kind))
    found = _with_remark(words, marked=marked)
    kinds = [kind for kind in (words[-1], " ".join(words[-2:])) if column_types.is_type(kind)]
    if not kinds or not found.name:
        return found
    return replace(found, depends=True, guess=None if style.nouns else f"`{kinds[-1]}` is read as a part of its name")


def _with_remark(words: list[str], *, marked: bool) -> _Found:
    """Split `id bigint of the shop`: the words after a type are a comment if they cannot be part of a name."""
    for count in range(min(5, len(words) - 1), 0, -1):
        kind = " ".join(words[1 : 1 + count])
        if column_types.is_type(kind) and not column_types.is_noun(kind):
            return _typed(_name(words[0]), kind, " ".join(words[1 + count :]), order="name")
    if column_types.looks_like_type(words[1]) and (len(words) == 2 or marked):
        return _Found(_name(words[0]), column_types.lower(words[1]), " ".join(words[2:]))
    whole = " ".join(words)
    if len(words) <= (_MOST_WORDS if marked else 4) and _WORDS.fullmatch(whole):
        return _Found(slug(whole))
    return _Found(_name(words[0]), rest=" ".join(words[1:])) if marked else _Found()


def _name(text: str) -> str:
    """Return a column's name: unchanged if it is an identifier, otherwise in lower case with `_`."""
    plain = text.strip("`\"' ").strip(":;, ")
    if plain.isidentifier():
        return plain.lower() if plain.isupper() else plain
    if _QUALIFIED.fullmatch(plain):
        plain = plain.rsplit(".", 1)[-1]
    return slug(plain) if len(plain.split()) <= _MOST_WORDS and not _ODD.search(plain) else ""
