"""The vocabulary of one language as a table: the meaning of each word or phrase, and the endings of plurals."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from erd2dbt.names.plurals import singular
from erd2dbt.names.spelling import snake

LONGEST = 5  # words of a phrase
_SHORTEST_STEM = 3  # letters that remain of a word without its ending


class Says(enum.Enum):
    """The meaning of a phrase."""

    SUM = enum.auto()
    COUNT = enum.auto()
    DISTINCT = enum.auto()
    AVERAGE = enum.auto()
    MINIMUM = enum.auto()
    MAXIMUM = enum.auto()
    FIRST = enum.auto()
    LAST = enum.auto()
    OF = enum.auto()  # sum *of* amount
    FROM = enum.auto()  # the copied value
    FILLER = enum.auto()  # articles
    THERE = enum.auto()  # number of orders *there are*
    ALL = enum.auto()  # no meaning, except in a share *of all*: that is over more rows than the grain's
    WHERE = enum.auto()
    WITH = enum.auto()  # a condition, or no meaning: `joined with orders`
    WITHOUT = enum.auto()
    PER = enum.auto()
    BY = enum.auto()  # an order, or the value of a tier
    AND = enum.auto()
    OR = enum.auto()
    NOT = enum.auto()
    ELSE = enum.auto()
    THEN = enum.auto()  # if a > 3 *then* high
    PLUS = enum.auto()
    MINUS = enum.auto()
    TIMES = enum.auto()
    OVER = enum.auto()  # a division, or a bound: `over 100`
    DIVIDED = enum.auto()  # only a division
    DIFFERENCE = enum.auto()  # difference between a and b
    SHARE = enum.auto()  # share of a in b
    PERCENT = enum.auto()
    AS = enum.auto()  # a *as* share of b
    DAYS = enum.auto()  # days between a and b
    WITHIN = enum.auto()  # the `in` of a share, or of a list
    AT_LEAST = enum.auto()
    AT_MOST = enum.auto()
    ABOVE = enum.auto()
    BELOW = enum.auto()
    IS = enum.auto()
    DIFFERS = enum.auto()
    BETWEEN = enum.auto()
    MISSING = enum.auto()
    PRESENT = enum.auto()
    TRUE = enum.auto()
    FALSE = enum.auto()
    TIME = enum.auto()  # date, day: the only timestamp of an entity
    PURPOSE = enum.auto()  # what an arrow is for: aggregates, feeds
    DETAIL = enum.auto()  # what it brings: details, attributes; also behind `with`
    CURRENT = enum.auto()  # the last one of a thing, and a state of several: *current* employees
    DEDUPLICATES = enum.auto()  # each row once, which a key says too
    SNAPSHOT = enum.auto()  # how the rows were stored
    RELATES = enum.auto()  # alone on a line: has, contains, belongs to


# Signs that all languages share.
SIGNS: Mapping[Says, str] = {
    Says.PLUS: "+",
    Says.MINUS: "-|−",
    Says.TIMES: "*|×|·",
    Says.OVER: "/|÷",
    Says.DIVIDED: "/|÷",
    Says.AT_LEAST: ">=|≥|=>",
    Says.AT_MOST: "<=|≤|=<",
    Says.ABOVE: ">",
    Says.BELOW: "<",
    Says.IS: "=|==|:",
    Says.DIFFERS: "!=|<>|≠",
    Says.SUM: "Σ",
    Says.AVERAGE: "Ø|⌀",
    Says.COUNT: "#",
    Says.PERCENT: "%",
}

# Words of data work that all languages share.
SHARED: Mapping[Says, str] = {
    Says.PURPOSE: "etl|elt|kpi|kpis|lookup|lineage|ref|refs|input|inputs|output|outputs|feed|feeds|join|joins|mart"
    "|marts|dim|dims|stats|staging|reporting|dashboard|batch|rollup|stream|streaming|sync|full load"
    "|delta load|load",
    Says.DETAIL: "info|infos|metadata",
    Says.DEDUPLICATES: "dedup|dedupe|deduped|dedups|dedupes",
}


@dataclass(frozen=True, kw_only=True)
class Language:
    """`phrases`: what is said -> phrases with `|` between them, without accents and capitals.

    `endings` are those of plurals, with what stands for them in the singular (`aux:al`); a language without any goes by
    the rules of English. `comma`: decimals have one. `negating`: prefixes of the opposite. `is_head_first`: the first
    word of a name is what it is, as in `lineas_pedido`. `is_verb_last`: a clause may end with its verb: `leer ist`.
    `joints`: what is between the nouns of a compound; empty in a language that writes them apart."""

    name: str
    phrases: Mapping[Says, str]
    endings: tuple[str, ...] = ()
    comma: bool = True
    negating: tuple[str, ...] = ()
    is_head_first: bool = False
    is_verb_last: bool = False
    joints: tuple[str, ...] = ()

    @cached_property
    def meanings(self) -> Mapping[tuple[str, ...], frozenset[Says]]:
        """A phrase's words, folded -> all its meanings."""
        found: dict[tuple[str, ...], set[Says]] = {}
        for table in (SIGNS, SHARED, self.phrases):
            for says, phrases in table.items():
                for phrase in phrases.split("|"):
                    found.setdefault(tuple(folded(word) or word for word in phrase.split()), set()).add(says)
        return {words: frozenset(says) for words, says in found.items()}

    @cached_property
    def before_values(self) -> frozenset[str]:
        """The last words of phrases that a value may follow: `is`, `in`, `only`, `or`."""
        return self.behind_values | self._ends_of(
            Says.IS, Says.DIFFERS, Says.WITHIN, Says.WHERE, Says.WITHOUT, Says.WITH, Says.NOT
        )

    @cached_property
    def behind_values(self) -> frozenset[str]:
        """The words between two values, and the verb where it may be last."""
        return self._ends_of(Says.AND, Says.OR, *((Says.IS,) if self.is_verb_last else ()))

    def _ends_of(self, *says: Says) -> frozenset[str]:
        return frozenset(words[-1] for words, some in self.meanings.items() if not some.isdisjoint(says))

    def is_same(self, one: str, other: str) -> bool:
        """Whether two folded names are equal up to number: `order`, `orders`."""
        if one[:2] != other[:2]:
            return False  # the plural changes the end of a word
        return one == other or not self._stems(one).isdisjoint(self._stems(other))

    def _stems(self, name: str) -> set[str]:
        if not self.endings:
            return {singular(name)}
        parts = (ending.partition(":") for ending in self.endings)
        found = {name[: -len(end)] + new for end, _, new in parts if name.endswith(end)}
        return {name} | {stem for stem in found if len(stem) >= _SHORTEST_STEM}


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """`Número total` -> `numero_total`: words in lower case, without accents, joined by `_`; empty without a letter."""
    plain = unicodedata.normalize("NFKD", snake(text.replace("ß", "ss"))) if re.search(r"\w", text) else ""
    return "".join(c for c in plain if not unicodedata.combining(c))
