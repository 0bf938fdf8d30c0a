"""Infers marks that are not in the vocabulary, such as `KG` or `◆`, from the legend or the rows of one drawing."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from erd2dbt.diagram.drawing import Key, Row
from erd2dbt.diagram.erd import TODO
from erd2dbt.faults.diagnostics import Span
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes import column_types, marks, rows, vocabulary

_LONGEST = 4  # maximum letters of a mark
_LONGEST_ROW = 400  # maximum characters: longer text is prose, and searching its marks would take quadratic time
_SIGILS = frozenset("#*+~-•·▪●◦‣–—_'\"`()[]{}<>=:;,.?!/\\|&%$@^☐□◻☑☒✅✔✓→")  # they have a meaning of their own
_WORD = r"[^\W\d_](?:\.?[^\W\d_]){0,3}\.?\d?"  # perhaps with dots between its letters
_SIGN = r"[^\w\s]"
_ONE = rf"(?:{_WORD}|{_SIGN})"
_SEVERAL = rf"{_ONE}(?:\s?[/,+&]\s?{_ONE})*"
_HEAD = re.compile(rf"(?P<lead>\s*)(?P<marks>{_WORD}(?:\s?[/,+&]\s?{_WORD})*)(?P<gap>\s*[\t|:]\s*|\s+)(?=[\w\"`])")
_HEAD_SIGN = re.compile(rf"(?P<lead>\s*)(?P<marks>{_SIGN}(?:\s?{_SIGN})*)(?P<gap>\s*)(?=[\w\"`])")
_BRACKET = re.compile(rf"(?P<lead>[(\[«])(?P<marks>{_WORD}(?:\s?[/,+&]\s?{_WORD})*)(?P<gap>)(?=[)\]»])")
_TAIL = re.compile(rf"(?P<lead>(?<=\S)[\t ]+)(?P<marks>{_WORD}(?:\s?[/,+&]\s?{_WORD})*)(?P<gap>)\s*$")
_PLACES = (_HEAD, _HEAD_SIGN, _BRACKET, _TAIL)
_PARTS = re.compile(r"\s?[/,+&]\s?|(?<=[^\w\s])\s?(?=[^\w\s])")
_BETWEEN = r"\s*(?:=|:|–|—|-|→|⇒)\s*"
_EXPLAINED = re.compile(rf"\s*(?P<mark>{_SEVERAL})(?:{_BETWEEN}|\s+)(?P<said>\S.*?)\s*")
_BACKWARDS = re.compile(rf"\s*(?P<said>\S.*?){_BETWEEN}(?P<mark>{_ONE})\s*")
_HEADING = re.compile(r"^\s*[^\W\d_]{3,}\s*:\s*(?=\S)")
_PLAIN = {"pk": "PK", "fk": "FK", "uk": "UK", "unique": "UNIQUE", "nn": "NN", "null": "NULL", "pk fk": "PK/FK"}
_VOWELS = frozenset("aeiouyаеёиоуыэюяіїєαεηιουω")
_FUNCTION_WORDS = frozenset(
    "is in at by to of on no up if or as do my a o e i y de le la di da do na em en el un im am zu".split()
)
_NOWHERE = Span("", 1, 1)


@dataclass(frozen=True, slots=True)
class Wording:
    """The marks of one drawing. `meanings`: mark -> known mark, such as `PK`. `guesses`: the reason, where no legend
    defines the mark. `unknown`: text in the position of a mark whose meaning nothing shows.
    """

    meanings: Mapping[str, str] = field(default_factory=dict)
    guesses: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.meanings or self.unknown)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A row with known marks. `guess`: the assumption made; `unknown`: the marks that were removed from the row."""

    text: str
    guess: str | None = None
    unknown: tuple[str, ...] = ()


def explained(text: str) -> dict[str, str]:
    """Return the marks that a legend defines: `◆ primary key`, `KG = klucz główny; KO = klucz obcy`."""
    found: dict[str, str] = {}
    for segment in re.split(r"[\n;]|,(?=[^,]*[=:–—→-])|\s{3,}", vocabulary.half_width(text)):
        plain = _HEADING.sub("", segment) if not _EXPLAINED.fullmatch(segment) else segment
        for match in (_EXPLAINED.fullmatch(plain), _BACKWARDS.fullmatch(plain)):
            said = marks.of_word(match["said"]) if match and len(match["said"]) > 1 else None
            if match and said and marks.of_word(match["mark"]) is None and not found.get(match["mark"]):
                found[match["mark"]] = _PLAIN[said]
    return found


def learned(boxes: Sequence[Sequence[str]], legend: Mapping[str, str]) -> Wording:
    """Return the marks of these rows and their meanings. `boxes`: the rows of each box, without its title."""
    texts = {text for rows_ in boxes for text in rows_}
    candidates = {text: _candidates(text, legend) for text in texts}
    seen = [[candidates[text] for text in rows_] for rows_ in boxes]
    used = {token for rows_ in seen for tokens in rows_ for token in tokens}
    meanings = {token: meaning for token, meaning in legend.items() if token in used}
    guesses: dict[str, str] = {}
    if not meanings:
        keyless = [found for rows_, found in zip(boxes, seen, strict=True) if not any(map(_has_key, rows_))]
        _learn_primary(keyless, meanings, guesses)
    if meanings:
        _learn_others(boxes, seen, meanings, guesses)
    unknown = _unknown(boxes, seen, meanings)
    return Wording(meanings, guesses, unknown)


def rewritten(text: str, wording: Wording) -> Rewritten:
    """Return a row with its marks replaced by known ones."""
    if not wording or len(text) > _LONGEST_ROW:
        return Rewritten(text)
    guesses: list[str] = []
    unknown: list[str] = []

    def write(match: re.Match[str]) -> str:
        tokens = _PARTS.split(match["marks"])
        known = [wording.meanings.get(token) or _known(token) for token in tokens]
        lost = [token for token in tokens if token in wording.unknown]
        if not any(token in wording.meanings or token in wording.unknown for token in tokens) or (
            len(lost) + sum(one is not None for one in known) < len(tokens)
        ):
            return match[0]
        guesses.extend(wording.guesses[token] for token in tokens if token in wording.guesses)
        unknown.extend(lost)
        plain = "/".join(one for one in known if one)
        return f"{match['lead']}{plain}{match['gap'] or ('' if match.re in (_BRACKET, _TAIL) else ' ')}"

    for place in _PLACES:
        text = place.sub(write, text, count=1)
    return Rewritten(re.sub(r"[(\[«]\s*[)\]»]", "", text) if unknown else text, "; ".join(guesses) or None,
                     tuple(unknown))  # fmt: skip


def marks_in(text: str) -> list[str]:
    """Return the unknown marks of a text that contains only marks, such as a cell; empty for any other text."""
    is_short = len(text) <= _LONGEST_ROW
    tokens = _PARTS.split(text.strip()) if is_short and re.fullmatch(_SEVERAL, text.strip()) else []
    is_marks = bool(tokens) and all(_is_candidate(token) or _known(token) for token in tokens)
    return [token for token in tokens if _is_candidate(token)] if is_marks else []


def doubtful(text: str) -> str | None:
    """Return text that may be a mark but was parsed as something else: `BA total numeric`, `order_no int zk`."""
    row = _row(text)
    if row is None:
        return None
    if row.description and row.type and re.fullmatch(_WORD, row.description) and _abbreviates(row.description):
        return f"`{row.description}` is not a known mark, and is kept as its description"
    match = _HEAD.match(text)
    if match is None or match["gap"].strip(" ") or not re.fullmatch(_WORD, match["marks"]):
        return None
    token, rest = match["marks"], text[match.end() :]
    is_word = token.isupper() and rest.upper() == rest  # in a drawing that is all capitals, capitals are not evidence
    if is_word or marks.of_word(token) or not _abbreviates(token) or column_types.is_type(token):
        return None
    is_name = _row(rest) is not None and not column_types.is_type(rest) and not rows.is_about_column(rest)
    is_part = is_name and row.name.startswith(f"{slug(token)}_")
    return f"`{token}` is read as a part of its name" if is_part else None


def _abbreviates(word: str) -> bool:
    """Return whether a word looks like an abbreviation: capitals, two letters, or no vowel."""
    letters = unicodedata.normalize("NFD", word.lower()).replace(".", "")
    if letters == letters.upper() or letters in _FUNCTION_WORDS:
        return False
    return word.isupper() or len(letters) <= 2 or not _VOWELS.intersection(letters)


def _candidates(text: str, legend: Mapping[str, str]) -> list[str]:
    return [token for token, _ in _found(text, legend)]


def _found(text: str, legend: Mapping[str, str]) -> Iterator[tuple[str, re.Match[str]]]:
    for place in _PLACES if len(text) <= _LONGEST_ROW else ():
        match = place.search(text) if place in (_BRACKET, _TAIL) else place.match(text)
        if match is None or not _leaves_name(text, match):
            continue
        tokens = _PARTS.split(match["marks"])
        is_cased = match["marks"].upper() != match["marks"].lower()  # in other scripts, names are as short as marks
        is_apart = ":" in match["gap"] or (is_cased and match["gap"].strip(" ") != "")
        apart = is_apart and _is_typed(text[match.end() :])
        fits = [token for token in tokens if token in legend or _is_candidate(token, any_case=apart)]
        if all(token in fits or _known(token, any_case=apart) for token in tokens):
            yield from ((token, match) for token in fits)


def _known(token: str, *, any_case: bool = False) -> str | None:
    """Return whether a word is a known mark: in capitals, or before a colon and a whole column."""
    return _PLAIN.get(marks.of_word(token) or "") if token.isupper() or any_case else None


def _is_typed(text: str) -> bool:
    """Return whether a text is a name with its type. A type before a name usually follows another name."""
    read = rows.parse(text, _NOWHERE)
    return read is not None and read.row.type is not None and not column_types.is_type(re.split(r"[\t|:]", text)[0])


def _is_candidate(token: str, *, any_case: bool = False) -> bool:
    if not token or token == TODO:
        return False
    if len(token) == 1 and not token.isalnum():
        return (
            token not in _SIGILS
            and unicodedata.category(token)[0] in "SP"
            and all(token != sign for sign, _ in marks.PICTURES)
        )
    has_case = token.upper() != token.lower()
    is_short = len(token.replace(".", "")) <= (3 if any_case else 2)
    if not token[0].isalpha() or not (token.isupper() if has_case and not any_case else is_short):
        return False
    return marks.of_word(token) is None and not column_types.is_type(token)


def _leaves_name(text: str, match: re.Match[str]) -> bool:
    """Return whether the row is still a column without the mark: `ID INT` is a name with its type."""
    rest = f"{text[: match.start()]} {text[match.end() :]}".strip(" \t|:()[]«»")
    first = re.split(r"[\s|:]+", rest)[0]
    is_other_case = any(c.islower() or (c.upper() == c.lower() != "_" and c.isalpha()) for c in rest) or "_" in first
    return bool(rest) and not column_types.is_type(rest) and not rows.is_about_column(rest) and is_other_case


def _has_key(text: str) -> bool:
    read = rows.parse(text, _NOWHERE)
    return read is not None and read.row.has(Key.PK)


def _learn_primary(seen: Sequence[Sequence[list[str]]], meanings: dict[str, str], guesses: dict[str, str]) -> None:
    """Learn the mark of primary keys: the only one on the first row of most boxes, and only on first rows."""
    filled = [rows_ for rows_ in seen if rows_]
    bearing: dict[str, list[list[bool]]] = defaultdict(list)
    for rows_ in filled:
        for token in {token for tokens in rows_ for token in tokens}:
            bearing[token].append([token in tokens for tokens in rows_])
    fits = [
        token
        for token, boxes in bearing.items()
        if len(boxes) > 1 and 2 * len(boxes) > len(filled) and all(_is_prefix(one) for one in boxes)
    ]
    fits = [token for token in fits if any(not all(one) for one in bearing[token])]
    if len(fits) == 1:
        token = fits[0]
        meanings[token] = "PK"
        count = len(bearing[token])
        guesses[token] = f"`{token}` is read as the mark of a primary key: it is at the first row of {count} boxes"


def _is_prefix(bears: Sequence[bool]) -> bool:
    return bears[0] and sorted(bears, reverse=True) == list(bears)


def _learn_others(
    boxes: Sequence[Sequence[str]], seen: Sequence[Sequence[list[str]]], meanings: dict[str, str],
    guesses: dict[str, str],
) -> None:  # fmt: skip
    """Learn the mark of foreign keys: each row with it has the name of another box's key."""
    wording = Wording(meanings)
    read = [[_row(rewritten(text, wording).text) for text in rows_] for rows_ in boxes]
    keys = [{row.name.lower() for row in rows_ if row and row.has(Key.PK)} for rows_ in read]
    owners = Counter(key for own in keys for key in own)
    leads: dict[str, list[bool]] = defaultdict(list)
    for n, rows_ in enumerate(seen):
        for text, tokens in zip(boxes[n], rows_, strict=True):
            for token in [token for token in tokens if token not in meanings]:
                row = _row(rewritten(text, Wording({**meanings, **dict.fromkeys(tokens, "FK")})).text)
                ends = _ends(row.name.lower()) if row else ()
                leads[token].append(any(owners[end] > (end in keys[n]) for end in ends))
    for token, found in leads.items():
        if all(found):
            meanings[token] = "FK"
            guesses[token] = (
                f"`{token}` is read as the mark of a foreign key: each row with it is called as another key"
            )


def _ends(name: str) -> Iterator[str]:
    """Return the name, and what is left of it after each `_`."""
    yield name
    yield from (name[at + 1 :] for at, sign in enumerate(name) if sign == "_")


def _row(text: str) -> Row | None:
    read = rows.parse(text, _NOWHERE)
    return read.row if read else None


def _unknown(
    boxes: Sequence[Sequence[str]], seen: Sequence[Sequence[list[str]]], meanings: Mapping[str, str]
) -> frozenset[str]:
    """Return unknown marks: text before names without blanks, or on the first rows of several boxes."""
    firsts: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for rows_, found in zip(boxes, seen, strict=True):
        for n, (text, tokens) in enumerate(zip(rows_, found, strict=True)):
            for token in [token for token in tokens if token not in meanings]:
                firsts[token] += n == 0
                rest = text.replace(token, " ", 1).strip(" \t|:()[]«»")
                gap = text.lstrip()[len(token) :][:2]
                is_apart = ":" in gap or (token.lower() != token.upper() and bool({"\t", "|"}.intersection(gap)))
                is_word = len(token) > 1 and (token.isupper() or is_apart)
                before[token] += is_word and (is_apart or "_" in re.split(r"[\s|:]+", rest)[0])
    return frozenset(token for token in firsts if firsts[token] > 1 or before[token] > 0)
