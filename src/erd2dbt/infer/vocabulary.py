"""The words of names and their senses, from `vocabulary.toml`: `unit_price` is `unit` (each) and `price` (rate)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from erd2dbt.infer.verb_stems import verb_stem
from erd2dbt.names.plurals import singular

_DATA = Path(__file__).with_name("vocabulary.toml")
_LISTS = Path(__file__).with_name("word_lists.toml")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SHORT = frozenset(
    {"id", "no", "nr", "at", "on", "by", "ip", "ts", "pk", "pw", "vv", "dt"}
)  # parts of a joined name, at its end
_ENGLISH = "en"
_FAMILIES = {"de": "germanic", "nl": "germanic", "fr": "romance", "es": "romance", "it": "romance", "pt": "romance"}
_PLURAL_ENDINGS = {
    "es": ("es", "s"),
    "pt": ("es", "s"),
    "fr": ("s", "x"),
    "de": ("en", "n", "er", "e", "s"),
    "nl": ("en", "s"),
}
_OF = "of"  # between other parts: `dateofbirth`
_LEAST = 3  # letters of another part
_LONG_END = 5  # letters of a known end behind an unknown word
_LONGEST = 40  # letters of a name that is split
_SPELLED_OUT = re.compile(r"(?<=[a-z])(?:ae|oe|ue)|(?:ae|oe|ue)(?=[a-z])")  # an umlaut: `geloescht`, `ueberfaellig`
_LINKING = ("ungs", "ions", "heits", "keits", "schafts")  # before another part of a German word: `zahlungsdatum`
_LEAST_SPELLED_OUT = 5  # letters of a word with one
# Senses that every form of a verb has: `cancel_date` says what `cancelled_at` says. Others are of one form alone:
# a check is no `checked_at`.
_VERBAL = ("deleted", "planned", "ended")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a name. `is_plural`: it is a plural, so it counts things."""

    text: str
    senses: frozenset[str]
    is_plural: bool = False


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[Token, ...]:
    """The words of a name in `snake_case` or `camelCase`, or joined, where the vocabulary has the parts."""
    words = [word for part in re.split(r"[\W_]+", _plain(name)) for word in _CAMEL.split(part) if word]
    return tuple(_token(part) for part in _joined([part for word in words for part in _parts(word.lower())]))


def senses(name: str) -> frozenset[str]:
    """The senses of all words of a name."""
    return frozenset().union(*(token.senses for token in tokens(name)))


def says(name: str, *some: str) -> bool:
    """Whether a word of the name has one of these senses."""
    return not senses(name).isdisjoint(some)


def last(name: str) -> Token | None:
    """The head word of the name. Numbers at the end are excluded. None without a word."""
    found = tokens(name)
    return found[-1] if found else None


def language_of(names: Iterable[str]) -> str:
    """The language of a schema's names: the one that most of their words are in, if more are not English than are."""
    languages = _languages()
    words = {token.text for name in names for token in tokens(name)}
    known = [languages.get(word) or languages.get(singular(word)) or frozenset() for word in words]
    foreign = Counter(language for some in known if _ENGLISH not in some for language in some)
    if sum(bool(some) and _ENGLISH not in some for some in known) <= sum(_ENGLISH in some for some in known):
        return _ENGLISH
    return min(foreign, key=lambda language: (-foreign[language], language))


def languages_of_names(names: Iterable[str]) -> dict[str, str]:
    """Name -> the language that its last word tells. Names of which it is open are omitted.

    A word may be an English one that the vocabulary only knows of another language, such as `notes`. So two names must
    tell that language, unless the word is a plural as English has none: `almacenes`.
    """
    told = {name: found for name in names if (found := _language_of_name(name)) is not None}
    several = Counter(told.values())
    return {name: found for name, found in told.items() if found == _ENGLISH or several[found] > 1 or _is_foreign(name)}


def _language_of_name(name: str) -> str | None:
    languages = _languages()
    word = _last_word(name)
    known = languages.get(word) or languages.get(_foreign_singular(word) or singular(word)) or frozenset()
    if known == {_ENGLISH}:
        return _ENGLISH
    return min(known) if known and _ENGLISH not in known else None


def _is_foreign(name: str) -> bool:
    word = _last_word(name)
    one = _foreign_singular(word)
    return one is not None and word != f"{one}s"


def _last_word(name: str) -> str:
    return _plain(name).lower().rpartition("_")[2]


def singular_of(name: str) -> str:
    """The name in the singular, in the language that its last word tells: `almacenes` -> `almacen`."""
    before, cut, word = name.rpartition("_")
    found = _foreign_singular(_plain(word).lower()) if word.isascii() else None
    if found:
        return f"{before}{cut}{found}"
    known = _languages().get(word.lower(), ())
    return singular(name) if not known or _ENGLISH in known else name


def _foreign_singular(word: str) -> str | None:
    """The noun of another language than English of which a word is the plural; None for others."""
    languages = _languages()
    if _ENGLISH in languages.get(word, ()) or _ENGLISH in languages.get(singular(word), ()):
        return None
    for language, endings in _PLURAL_ENDINGS.items():
        for ending in endings:
            one = word.removesuffix(ending)
            if one != word and len(one) >= _LEAST and language in languages.get(one, ()):
                return one
    return None


def number_of(thing: str, language: str) -> str:
    """The name for a number of rows, in a language without known plurals: `anzahl_behandlung`."""
    word = _read(_DATA)["counting"].get(language, "").split(" ")[0]
    return f"{word}_{thing}" if word and language != _ENGLISH else thing


@cache
def _languages() -> Mapping[str, frozenset[str]]:
    """Word -> the languages that have it."""
    found: dict[str, set[str]] = {}
    for lists in _read(_DATA).values():
        for language, words in lists.items():
            for word in words.split():
                found.setdefault(word, set()).add(language)
    return {word: frozenset(some) for word, some in found.items()}


@cache
def word_list(name: str) -> tuple[str, ...]:
    """The words of a list in `word_lists.toml`, in all languages, in the order of the file."""
    return tuple(word for words in _read(_LISTS)[name].values() for word in words.split())


@cache
def _read(file: Path) -> Mapping[str, Mapping[str, str]]:
    """The lists of a file: name -> language -> words."""
    with file.open("rb") as opened:
        return tomllib.load(opened)


@cache
def _vocabulary() -> Mapping[str, frozenset[str]]:
    """Word -> its senses."""
    found: dict[str, set[str]] = {}
    for sense, languages in _read(_DATA).items():
        for words in languages.values():
            for word in words.split():
                found.setdefault(word, set()).add(sense)
    return {word: frozenset(some) for word, some in found.items()}


def _plain(name: str) -> str:
    """The text without accents. Other scripts than Latin are unchanged."""
    if name.isascii():
        return name
    name = name.replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


@lru_cache(maxsize=16_384)  # names have few words in common, many times
def _token(word: str) -> Token:
    known, one = _vocabulary(), singular(word)
    own = known.get(word)
    is_plural = one != word and len(word) > _LEAST and "label" not in (own or ())
    said = known.get(one) if own is None else own
    return Token(word, _verbal().get(verb_stem(word), frozenset()) if said is None else said, is_plural)


@cache
def _verbal() -> Mapping[str, frozenset[str]]:
    """The stem of a verb -> the senses that all its forms have."""
    found: dict[str, set[str]] = {}
    for sense in _VERBAL:
        for words in _read(_DATA)[sense].values():
            for word in words.split():
                if (stem := verb_stem(word)) != word:
                    found.setdefault(stem, set()).add(sense)
    return {stem: frozenset(some) for stem, some in found.items()}


def _joined(words: list[str]) -> Iterator[str]:
    """The words, with `on_hand` or `mot_de_passe` as one word where the vocabulary has it as one."""
    at = 0
    while at < len(words):
        sizes = (size for size in (3, 2) if at + size <= len(words))
        size = next((n for n in sizes if "".join(words[at : at + n]) in _vocabulary()), 1)
        yield "".join(words[at : at + size])
        at += size


@lru_cache(maxsize=16_384)
def _parts(word: str) -> tuple[str, ...]:
    known = _vocabulary()
    bare = word if word in known else word.rstrip("0123456789")
    if not bare:
        return ()
    if _is_known(bare) or not 2 * _LEAST - 1 <= len(bare) <= _LONGEST:
        return (bare,)
    form = (bare,) if verb_stem(bare) in _verbal() else ()
    return _glued(bare) or _with_umlauts(bare) or form or _with_known_end(bare) or (bare,)


def _with_umlauts(word: str) -> tuple[str, ...]:
    """The parts of a word whose umlauts are spelled out, as the vocabulary has them: `geloescht` is `geloscht`."""
    plain = _SPELLED_OUT.sub(lambda found: found[0][0], word)
    if plain == word or len(word) < _LEAST_SPELLED_OUT:
        return ()
    return (plain,) if _is_known(plain) or verb_stem(plain) in _verbal() else _glued(plain)


def _is_known(word: str) -> bool:
    return word in _vocabulary() or singular(word) in _vocabulary()


def _with_known_end(word: str) -> tuple[str, ...]:
    """`replacementprice` as `replacement` and `price`: an unknown word in front of a long known one."""
    for at in range(_LEAST + 1, len(word) - _LONG_END + 1):
        if word[at:] in _vocabulary():
            return (word[:at], word[at:])
    return ()


def _glued(word: str) -> tuple[str, ...]:
    """The fewest known parts of which the word consists; empty without any.

    English parts go with all others. `terminals` is not German `termin` and Spanish `al`.
    """
    best: list[dict[str, tuple[str, ...]]] = [{_ENGLISH: ()}, *({} for _ in word)]  # by the family of the parts
    for end in range(1, len(word) + 1):
        for start in range(end):
            part = word[start:end]
            if not best[start] or not _is_part(part, at_end=end == len(word)):
                continue
            for family, before in best[start].items():
                for together in _families_together(family, part):
                    made, now = (*before, part), best[end].get(together)
                    if now is None or len(made) < len(now):
                        best[end][together] = made
    return min(best[-1].values(), key=len, default=())


def _families_together(family: str, part: str) -> Iterator[str]:
    """The families of languages that the parts so far and one more can have; none where they have different ones."""
    languages = _languages()
    known = (languages.get(word) for word in (part, singular(part), part[:-1]))
    families = {_FAMILIES.get(one, one) for one in next(filter(None, known), (_ENGLISH,))}
    if _ENGLISH in families:
        yield family
    elif family == _ENGLISH:
        yield from sorted(families)
    elif family in families:
        yield family


def _is_part(part: str, *, at_end: bool) -> bool:
    known = _vocabulary()
    if len(part) < _LEAST:
        return part == _OF or (at_end and part in _SHORT)
    linked = not at_end and part.endswith(_LINKING) and part[:-1] in known
    return part in known or linked or (at_end and singular(part) in known)
