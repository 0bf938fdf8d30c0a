"""A text split into words, numbers, strings and signs, each with all its meanings in a language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from erd2dbt.infer.wording.language import LONGEST, Language, Says, folded

_TOKEN = re.compile(
    r"(?P<string>'(?:[^']|'')*'|\"[^\"]*\"|“[^”]*”|‘[^’]*’|„[^“”]*[“”]|«[^»]*»)"
    r"|(?P<date>\d{4}-\d\d-\d\d\b)"
    r"|(?P<number>\d+(?:[.,]\d+)*(?!\w))"
    r"|(?P<word>\w+(?:[-.]\w+)*)"
    r"|(?P<sign><=|>=|<>|!=|==|=>|=<|[^\w\s])"
)
_CODE = re.compile(r"[A-Z]{2}")
_BEFORE_VALUES = frozenset("= == : != <> ≠ ( [ { , ; / |".split())
_BEHIND_VALUES = frozenset(["", *") ] } , ; / | .".split()])
_CURRENCY = re.compile(r"[€$£¥]|(?<=\d)\s?(?:eur|usd|gbp|chf)\b", re.IGNORECASE)
_ELIDED = re.compile(r"\b([dlnsj]|qu)['’](?=\w)", re.IGNORECASE)  # `nombre d'articles`
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_COMMA = re.compile(r"\d+(?:,\d+)?")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: string, date, number, word or sign. `start` and `end`: offsets in the text.

    `glued`: no space before it. `is_value`: two capitals in the place of a value, such as `NO` in `country = NO`.
    """

    kind: str
    text: str
    start: int
    end: int
    glued: bool
    is_value: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A text with its tokens, and the phrases that start at each: place -> {meaning: place after the phrase}."""

    text: str
    language: Language
    tokens: tuple[Token, ...]
    says: tuple[dict[Says, int], ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.tokens)

    def after(self, place: int, *says: Says) -> int | None:
        """The place after the longest phrase with one of these meanings; None if none starts here."""
        if place >= len(self.tokens):
            return None
        return max((end for one, end in self.says[place].items() if one in says), default=None)

    def skipped(self, place: int, *says: Says) -> int:
        """The place after all such phrases."""
        while (end := self.after(place, *says)) is not None:
            place = end
        return place

    def is_sign(self, place: int, signs: str) -> bool:
        return place < len(self) and self.tokens[place].kind == "sign" and self.tokens[place].text in signs

    def has_phrase(self, place: int, known: frozenset[tuple[str, ...]]) -> bool:
        """Whether one of these phrases starts here, whatever the language."""
        some = self.tokens[place : place + LONGEST]
        names = ["" if token.is_value else folded(token.text) or token.text for token in some]
        return any(tuple(names[:size]) in known for size in range(1, len(names) + 1))

    def name(self, start: int, end: int) -> str:
        """Words as one name: `paid amount` -> `paid_amount`."""
        return "_".join(folded(token.text) or token.text for token in self.tokens[start:end])

    def slice(self, start: int, end: int) -> str:
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]


def read(text: str, language: Language) -> Words:
    """The text as tokens. Currencies have no meaning."""
    plain = _CURRENCY.sub(lambda match: " " * len(match[0]), text)
    plain = _ELIDED.sub(lambda match: f"{match[1]} ", plain)
    tokens = tuple(_marked(tuple(_tokens(plain, language)), language))
    return Words(plain, language, tokens, tuple(_says(tokens, place, language) for place in range(len(tokens))))


def _tokens(text: str, language: Language) -> Iterator[Token]:
    before = 0
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        glued = match.start() == before > 0
        if match[0] == "." and glued:
            continue  # of an abbreviation, or at the end
        before = match.end()
        parts = re.split(r"-", match[0]) if kind == "word" else []
        if len(parts) > 1 and tuple(map(folded, parts)) in language.meanings:  # `first-touch`
            start = match.start()
            for part in parts:
                yield Token("word", part, start, start + len(part), start > match.start())
                start += len(part) + 1
            continue
        yield Token(kind, match[0], match.start(), match.end(), glued)


def _marked(tokens: tuple[Token, ...], language: Language) -> Iterator[Token]:
    """The tokens, with codes in capitals such as `IN` and `NO` marked as values: behind a comparison or in a list, and
    with the end of a value behind them. A text without a small letter has none."""
    is_mixed = any(token.text.islower() for token in tokens if token.kind == "word")
    befores, behinds = language.before_values, language.behind_values
    is_before = False
    for place, token in enumerate(tokens):
        behind = tokens[place + 1].text if place + 1 < len(tokens) else ""
        ends = folded(behind) in behinds if behind[:1].isalpha() else behind in _BEHIND_VALUES
        is_value = is_mixed and is_before and ends and _CODE.fullmatch(token.text) is not None
        yield replace(token, is_value=True) if is_value else token
        is_before = not is_value and (token.text in _BEFORE_VALUES or folded(token.text) in befores)


def _says(tokens: tuple[Token, ...], place: int, language: Language) -> dict[Says, int]:
    found: dict[Says, int] = {}
    words: list[str] = []
    for end in range(place, min(place + LONGEST, len(tokens))):
        token = tokens[end]
        if token.kind not in ("word", "sign") or token.is_value:
            break
        words.append(folded(token.text) or token.text)
        for says in language.meanings.get(tuple(words), ()):
            found[says] = end + 1
    return found


def number(token: Token, language: Language) -> str | None:
    """The number in SQL; None where it is ambiguous, like `1.000` in a language with decimal commas."""
    if token.kind != "number":
        return None
    text = token.text
    if _THOUSANDS.fullmatch(text) and not language.comma:
        return text.replace(",", "")
    if language.comma and _COMMA.fullmatch(text):
        return text.replace(",", ".")
    if _PLAIN.fullmatch(text) and not (language.comma and re.fullmatch(r"\d+\.\d{3}", text)):
        return text
    return None


def string(token: Token) -> str | None:
    """The text in quotes; None for other tokens."""
    return token.text[1:-1].replace("''", "'") if token.kind == "string" else None
