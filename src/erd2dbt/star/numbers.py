"""Classifies a number: is it a quantity, and is it additive? By its name, its type, its comment and declarations."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.diagram.erd import Attribute
from erd2dbt.infer.evidence import Evidence, Score, score
from erd2dbt.infer.vocabulary import Token, tokens, word_list
from erd2dbt.infer.words import is_number
from erd2dbt.names.plurals import singular
from erd2dbt.star.clocks import EPOCHS, is_moment_in_units
from erd2dbt.star.levels import meter_word, rating_word, side_of_change, term_word
from erd2dbt.star.minutes import with_minutes

# The weights follow the verdicts on 24 schemas before any rule was made for them. Of 238 sums, a word for a quantity
# was right in 160 of 174, a plural in 19 of 24, a kept count in 5 of 7, and a type alone in 6 of 14.
ENOUGH = 2.0  # below it, a number is no quantity
CERTAIN = 2.75  # below it, a quantity is shown, but not summed unless the spec says so
_IN_EVENT = 0.5  # how much more certain a quantity is in what surely happens
_NAMED = 3.25  # the name decides it, and no evidence is stronger
_IN_NAME = 2.75
_COUNTS_SOMETHING = 2.25  # what is counted may be kept up to date, as nothing but its name says
_DESCRIBED = 3.0
_AGAINST = -4.0
_NEVER = -9.0
_MONEY_DIGITS = 8  # digits of a number with two decimals that is an amount, not a rate
_AMOUNT_DECIMALS = (2, 3)
_MOST_DECIMALS = 4
_COUNTED = re.compile(r"\b(?:number of|count of|how many|total|amount|quantity|sum of|in cents)\b", re.IGNORECASE)
_CODED = re.compile(
    r"\b(?:code|identifier|foreign key|reference to|flag|bitmask|epoch|unix|since 1970|ordinal|sort order|enum)\b"
    r"|\b0\s*[=:]|\b1\s*[=:]",
    re.IGNORECASE,
)


_AFTER_NOUN = re.compile(r"\s+(?:in|of the|of an?|for|from|to|by|on|at|per)\b|\s*[(,;.:]", re.IGNORECASE)
_LONGEST_NOUN = 5  # words
_ID_FIRST = re.compile(r"id[a-z]{3,}$")
_WHO_AND_COUNT = 2  # words; `passenger_count` counts the passengers of the row
_PREPOSITIONS = word_list("place_of_action")
_COUNTS = word_list("kept_count")
_QUESTIONS = word_list("question")
_EXPIRIES = frozenset(word_list("expiry"))
_TAXES = word_list("tax")
_REDUCTIONS = frozenset(word_list("reduction"))
_MEASURED = frozenset(word_list("measured"))
_RATES = frozenset(word_list("rate_noun"))
_RATES_OF_TAX, _TAX_NOUNS = frozenset(word_list("rate_of_tax")), frozenset(word_list("tax_noun"))
_LONGER_THAN_DAY = frozenset(w for of in ("week", "month", "quarter", "year") for w in word_list(f"of_{of}"))
_RUNNING_IN_SAMPLES = frozenset({"uptime", "total"})  # what a sample shows of all before it, besides counts


class Figure(enum.StrEnum):
    """How a number may be aggregated."""

    FLOW = "additive"
    STOCK = "semi-additive"  # over everything except time
    RATE = "not additive"
    LABEL = "no quantity"


@dataclass(frozen=True, slots=True)
class Number:
    """The classification of one numeric column, with its evidence."""

    figure: Figure
    score: Score

    @property
    def is_measure(self) -> bool:
        return self.figure is not Figure.LABEL

    def is_summed(self, *, in_event: bool) -> bool:
        """Whether the evidence is enough to sum it without asking. `in_event`: its row surely happens."""
        certainty = self.score.total + (_IN_EVENT if in_event else 0.0)
        return self.figure is Figure.FLOW and certainty >= CERTAIN


@dataclass(frozen=True, slots=True)
class Around:
    """The features of a number's table.

    `cumulates`: its rows are running totals. `is_ordered`: its key has a position in an order. `counted`: the entities
    that refer to the row, so that a number of them is a stored count. `has_totals`: the table also has amounts.
    `is_version`: its rows are valid from a day until the next version. `lives_on`: it is dated by its creation, so
    counts next to it may still grow. `in_units`: words of numbers that have a column for their unit. `sides`: columns
    that say how something was before or after a change. `measures`: its rows are readings of an instrument or a test.
    `units`: what has a column for its unit, as `result` of `result_unit`; empty for a `unit` of all values.
    `samples`: its key is a thing and a moment. `pays`: its rows are payments or postings, so that a value is money.
    `bounds`: what has a greatest or mean value in another column. `per_day`: each row is of one thing on one day.
    `lists_prices`: its rows are prices or rates, each valid from a day.
    """

    cumulates: bool = False
    is_ordered: bool = False
    counted: frozenset[str] = frozenset()
    has_totals: bool = False
    is_version: bool = False
    lives_on: bool = False
    in_units: frozenset[str] = frozenset()
    sides: frozenset[str] = frozenset()
    measures: bool = False
    units: frozenset[str] = frozenset()
    samples: bool = False
    pays: bool = False
    bounds: frozenset[str] = frozenset()
    per_day: bool = False
    lists_prices: bool = False


_ANYWHERE = Around()


def classified_number(column: Attribute, around: Around = _ANYWHERE) -> Number:
    """The classification of a numeric column. Any other column is not a quantity."""
    declared = ["its values are listed"] if column.values else []
    declared += ["no two rows have the same"] if column.unique else []
    declared += ["it is a level before or after a change"] if column.name in around.sides else []
    if column.stock:
        return Number(Figure.STOCK, score([Evidence(ENOUGH, "the diagram says `stock: true`")], ENOUGH))
    return _judged(_spoken_name(column), column.type, column.description, tuple(declared), around)


def _spoken_name(column: Attribute) -> str:
    """The name; or the noun of the description, where no word of the name is known: `netwr`, "Net value"."""
    if not column.description or any(word.senses for word in tokens(column.name)):
        return column.name
    noun = _AFTER_NOUN.split(column.description.strip(), maxsplit=1)[0]
    return noun if 0 < len(noun.split()) <= _LONGEST_NOUN and any(w.senses for w in tokens(noun)) else column.name


def _without_place(words: tuple[Token, ...]) -> tuple[Token, ...]:
    """`seconds_in_stage` counts seconds: the words before the preposition, where they name a quantity."""
    at = next((n for n, word in enumerate(words) if word.text in _PREPOSITIONS), 0)
    return words[:at] if at and words[at - 1].is_plural and "flow" in words[at - 1].senses else words


def opposite_sides(names: Iterable[str]) -> frozenset[str]:
    """The names that differ only in their side of a change: `old_price` and `new_price`."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        words = tokens(name)
        rest = tuple(word.text for word in words if "side" not in word.senses)
        if rest and len(rest) < len(words):
            found.setdefault(rest, []).append(name)
    return frozenset(name for some in found.values() if len(some) > 1 for name in some)


@lru_cache(maxsize=65_536)
def _judged(name: str, type_: str | None, comment: str | None, against: tuple[str, ...], around: Around) -> Number:
    if not is_number(type_) and canonical(type_ or "") != "money":
        return Number(Figure.LABEL, Score((), ENOUGH))
    whole = is_whole(type_)
    words = with_minutes(_without_place(tokens(name)), around.bounds, whole=whole)
    declared = [Evidence(_AGAINST, reason) for reason in against]
    labelled = _label(words, whole=whole)
    of_one = _of_one(words, whole_number=whole)
    if reading := _reading(words, around):
        of_one = [reading]
    if reduction := _reduction(words, type_):
        of_one, declared = [], [*declared, reduction]
    declared += _by_table(words, around, whole=whole)
    amount = any("money" in word.senses and "counting" not in word.senses for word in words)
    if amount and canonical(type_ or "") == "smallint":
        declared.append(Evidence(_AGAINST, "its type has no room for amounts of money"))
    found = score(
        (
            *_by_name(words, whole=whole, pays=around.pays),
            *labelled,
            *of_one,
            *_by_type(type_),
            *_by_comment(comment),
            *declared,
        ),
        ENOUGH,
    )
    figure = _figure(words, found, around, no_quantity=bool(labelled or declared), of_one=bool(of_one), whole=whole)
    return Number(figure, _as_level(words, found, around, whole=whole) if figure is Figure.STOCK else found)


def _as_level(words: tuple[Token, ...], found: Score, around: Around, *, whole: bool) -> Score:
    """The evidence with what says that it is a level. A running figure of an unknown thing is none for sure."""
    level = next((word.text for word in words if "stock" in word.senses), None)
    if level:
        return score((*found.evidence, Evidence(ENOUGH, f"`{level}` in its name is a level at a time")), ENOUGH)
    if side := side_of_change(words):
        return score((*found.evidence, Evidence(ENOUGH, f"`{side}` makes it a level beside a change")), ENOUGH)
    running = next((word.text for word in words if "cumulated" in word.senses), meter_word(words))
    if running:
        is_quantity = any(one.weight > 0 for one in _by_name(words, whole=whole))
        weight = ENOUGH / 2 if is_quantity else -ENOUGH
        return score((*found.evidence, Evidence(weight, f"`{running}` in its name may be a running figure")), ENOUGH)
    if longer := _longer_than_day(words, around):
        return score((*found.evidence, Evidence(ENOUGH, f"`{longer}` is longer than the day of the row")), ENOUGH)
    return score((*found.evidence, Evidence(ENOUGH / 2, "each row of its table goes on from the row before")), ENOUGH)


def _figure(
    words: tuple[Token, ...], found: Score, around: Around, *, no_quantity: bool, of_one: bool, whole: bool
) -> Figure:
    if no_quantity and not found.passes:
        return Figure.LABEL
    if (_has(words, "stock", "cumulated") or meter_word(words)) and not of_one:
        return Figure.STOCK
    if found.passes and around.lists_prices:
        return Figure.RATE  # a fee in a price list is the fee of one piece
    if found.passes:
        running = around.cumulates or around.is_version or (around.is_ordered and _has(words, "course"))
        running = (
            running
            or bool(side_of_change(words) or _longer_than_day(words, around))
            or (around.samples and whole and _runs_in_samples(words))
        )
        return Figure.STOCK if running else Figure.FLOW
    return Figure.LABEL if whole and not of_one else Figure.RATE


def _longer_than_day(words: tuple[Token, ...], around: Around) -> str | None:
    """The word for a period by which a row of one day repeats the figure of a longer time: `monthly_fee`."""
    return next((word.text for word in words if around.per_day and word.text in _LONGER_THAN_DAY), None)


def _runs_in_samples(words: tuple[Token, ...]) -> bool:
    """Whether a sample shows what it is at that moment: `uptime_seconds`, `bytes_sent_total`, `process_count`."""
    return words[-1].text in _COUNTS or any(word.text in _RUNNING_IN_SAMPLES for word in words)


def is_whole(type_: str | None) -> bool:
    """Whether the type is an integer type; False for an unknown type."""
    known = canonical(type_) if type_ else None
    no_decimals = known is not None and bool(re.fullmatch(r"numeric\(\d+(?:, ?0)?\)", known))
    return known is not None and (no_decimals or family(known) == "integer")


def _by_name(words: tuple[Token, ...], *, whole: bool, pays: bool = False) -> Iterator[Evidence]:
    if not words:
        return
    end = words[-1]
    if len(words) > 1 and "flow" not in end.senses and (end.text.endswith("ed") or _is_done_to_many(words)):
        end = words[-2]  # `nights_booked` is a number of nights
    if _counts(words):
        weight = _NAMED + 1 if "flow" in words[0].senses or not whole else _COUNTS_SOMETHING
        yield Evidence(weight, f"`{words[0].text}` in its name counts or sums")
    elif whole and "countable" in end.senses and not end.is_plural:
        return  # the number of a lap, not a number of laps
    elif "flow" in end.senses:
        weight = _COUNTS_SOMETHING if whole and end.text in _COUNTS else _NAMED
        yield Evidence(weight, f"`{end.text}` in its name is a quantity")
    elif named := next((word for word in words if "flow" in word.senses), None):
        yield Evidence(_IN_NAME, f"`{named.text}` in its name is a quantity")
    elif "worth" in end.senses:
        of = pays or any(word.senses & {"occurrence", "thing", "money"} for word in words[:-1])
        weight = _IN_NAME if of else -ENOUGH
        yield Evidence(weight, f"`{end.text}` {'of something is an amount' if of else 'alone may be a reading'}")
    elif whole and end.is_plural:
        yield Evidence(_COUNTS_SOMETHING, f"`{end.text}` is a plural: it counts things")
    if _has(words, "price") and _has(words, "whole"):
        yield Evidence(_NAMED, "it is the price of all pieces")


def _is_done_to_many(words: tuple[Token, ...]) -> bool:
    """Whether an irregular participle follows a plural: `rows_read`, `pages_written`."""
    return words[-2].is_plural and bool(words[-1].senses & {"happened", "written"})


def _counts(words: tuple[Token, ...]) -> bool:
    """Whether the first word counts the others. `num_line` is the number of one line: only a plural is counted."""
    if len(words) == 1 or "counting" not in words[0].senses:
        return [word.text for word in words[:2]] == ["number", "of"]
    return (
        "label" not in words[0].senses
        or not words[-1].senses & {"detail", "place", "worth", "label"}
        or (words[-1].is_plural)
    )


def _label(words: tuple[Token, ...], *, whole: bool) -> list[Evidence]:
    """The evidence that it is a label: codes, positions in an order, parts of dates, clocks and flags."""
    if not words:
        return []
    first, end = words[0], words[-1]
    counted = _counts(words)
    found = []
    if "label" in end.senses and "flow" not in end.senses and not end.is_plural:
        found.append(Evidence(_AGAINST, f"`{end.text}` in its name is a code, a place or a part of a date"))
    elif (
        whole
        and not counted
        and end.senses & {"thing", "person"}
        and not end.senses & {"flow", "stock"}  # `bestand` is a file in Dutch, and a stock in German
        and not end.is_plural
    ):
        found.append(Evidence(_AGAINST, f"`{end.text}` in its name is a thing that it refers to"))
    elif whole and end.senses & {"clock", "day"} and "flow" not in end.senses:
        found.append(Evidence(_AGAINST, f"`{end.text}` in its name is a moment"))
    if (whole and any(w.text in EPOCHS for w in words) and not counted) or is_moment_in_units(words):
        found.append(Evidence(_NEVER, "its name is that of a moment as a number"))
    if whole and end.text in _EXPIRIES:
        found.append(Evidence(_NEVER, f"`{end.text}` in its name says when something ends"))
    if first.text in _QUESTIONS and len(words) > 1:
        found.append(Evidence(_AGAINST, f"`{first.text}` in its name asks yes or no"))
    if whole and any(w.text in ("id", "uuid", "code", "cd", "cod", "key", "ordinal") for w in words):
        found.append(Evidence(_AGAINST, "its name is that of a code"))
    return [*found, *_of_another(words, whole=whole)]


def _of_another(words: tuple[Token, ...], *, whole: bool) -> Iterator[Evidence]:
    """The evidence that it belongs to something else: ids by their first word, positions, numbers of another thing."""
    first, end = words[0], words[-1]
    if whole and "flow" not in end.senses and any(_ID_FIRST.match(w.text) and not w.senses for w in words):
        yield Evidence(_AGAINST, "its name is that of an id")
    if len(words) > 1 and words[-2].text in ("sort", "display") and "rate" in end.senses:
        yield Evidence(_AGAINST, f"`{words[-2].text}` in its name makes it a place in an order")
    if any(word.text == "since" for word in words[1:]):
        yield Evidence(_NEVER, "`since` in its name counts from another moment on")
    counted = any("counting" in word.senses for word in words[1:])
    if whole and counted and "person" in first.senses and len(words) > _WHO_AND_COUNT:
        yield Evidence(_NEVER, f"it counts what the {first.text} did so far, and not what is in the row")


def _by_table(words: tuple[Token, ...], around: Around, *, whole: bool) -> list[Evidence]:
    """The evidence from its table: a stored count of referring rows; a tax without amounts may be a rate."""
    text = [singular(word.text) for word in words]
    counts = whole and len(words) > 1 and _has(words, "counting") and bool(around.counted & set(text))
    if whole and around.counted and len(words) == 1 and words[0].text in _COUNTS:
        return [Evidence(_NEVER, f"it is the present count of the rows that refer to it: {min(around.counted)}")]
    if around.in_units and "unit" not in words[-1].senses and words[-1].text in around.in_units:
        return [Evidence(_NEVER, "another column says in which unit it is, so that rows have several")]
    if counts:
        kept = next(word for word in text if word in around.counted)
        return [Evidence(_NEVER, f"it counts the rows of `{kept}` that refer to it, at this moment")]
    if whole and around.lives_on and _is_kept_count(words):
        return [Evidence(_NEVER, f"it counts `{words[-2].text}` at this moment: only the creation dates the row")]
    if len(words) == 1 and words[0].text in _TAXES and not around.has_totals:
        return [Evidence(_AGAINST, f"`{words[0].text}` alone may be a rate")]
    return []


def _is_kept_count(words: tuple[Token, ...]) -> bool:
    """Whether it is a stored count that a framework keeps up to date: `comments_count`."""
    return len(words) > 1 and words[-1].text in _COUNTS and words[-2].is_plural


def _set_or_rated(words: tuple[Token, ...]) -> Evidence | None:
    """The evidence that somebody set it as a term, that it rates somebody, or that it is the rate of a tax."""
    if term := term_word(words):
        return Evidence(_NEVER, f"`{term}` in its name makes it a term or limit that is set")
    if rating := rating_word(words):
        return Evidence(_NEVER, f"`{rating}` in its name makes it a rating")
    if words and words[0].text in _RATES_OF_TAX and any(word.text in _TAX_NOUNS for word in words[1:]):
        return Evidence(_NEVER, f"`{words[0].text}` before a tax is its rate")
    for at, word in enumerate(words):
        if word.text in _RATES and (at == 0 or not any("flow" in one.senses for one in words[at + 1 :])):
            return Evidence(_NEVER, f"`{word.text}` in its name is a rate")
    return None


def _of_one(words: tuple[Token, ...], *, whole_number: bool) -> list[Evidence]:
    """The evidence that it belongs to one piece or a part: rates, prices, averages and bounds."""
    whole = _has(words, "whole")
    if set_by_somebody := _set_or_rated(words):
        return [set_by_somebody]
    for at, word in enumerate(words):
        later = [one for one in words[at + 1 :] if not one.senses & {"unit"}]
        summed = any("flow" in one.senses for one in later)
        if "extreme" in word.senses:
            return [Evidence(_NEVER, f"`{word.text}` in its name is a bound or an average")]
        if "distinct" in word.senses and whole_number and (word is words[-1] or words[-1].is_plural):
            return [Evidence(_NEVER, f"`{word.text}` in its name counts different ones, and rows may share some")]
        if "each" in word.senses and not word.is_plural and not any("counting" in one.senses for one in later):
            return [Evidence(_NEVER, f"`{word.text}` in its name is of one piece")]
        priced = "price" in word.senses
        if word.text in ("rate", "ratio", "frequency") and at == 0 and "flow" in words[1 % len(words)].senses:
            return [Evidence(_AGAINST, f"`{word.text}` before it makes it a figure of one piece")]
        if word.senses & {"rate", "price"} and not (whole if priced else summed):
            return [Evidence(_AGAINST, f"`{word.text}` in its name is a rate, a price or a size")]
    return []


def _reading(words: tuple[Token, ...], around: Around) -> Evidence | None:
    """The evidence that a value is what an instrument or a test says: `sensor_value`, `result_value` in `result_unit`.

    A value of goods or of a contract is money, and `kwh` is a quantity, whatever measures it.
    """
    *before, end = words or (Token("", frozenset()),)
    if "worth" not in end.senses or any(word.senses & {"money", "flow"} for word in before):
        return None
    of = "_".join(word.text for word in before)
    if of in around.units or "" in around.units:
        return Evidence(_NEVER, "another column says in which unit it is, so that rows have several")
    measured = next((word.text for word in before if singular(word.text) in _MEASURED), None)
    if measured or around.measures:
        return Evidence(_NEVER, f"`{measured or end.text}` in its name is what a measurement says")
    return None


def _reduction(words: tuple[Token, ...], type_: str | None) -> Evidence | None:
    """The evidence that a discount is an amount: its type has more digits than a percentage needs."""
    if not words or words[-1].text not in _REDUCTIONS:
        return None
    amounts = [one for one in _by_type(type_) if one.weight >= ENOUGH]
    return (
        Evidence(_IN_NAME, f"`{words[-1].text}` in its name is a quantity, as its type has room for amounts")
        if amounts
        else None
    )


def _by_type(type_: str | None) -> Iterator[Evidence]:
    known = (canonical(type_) if type_ else None) or ""
    if known == "money":
        yield Evidence(_NAMED, "its type is `money`")
    scale = re.fullmatch(r"numeric\((\d+),(\d+)\)", known.replace(" ", ""))
    if scale is None:
        return
    digits, decimals = int(scale[1]), int(scale[2])
    if decimals in _AMOUNT_DECIMALS and digits >= _MONEY_DIGITS:
        yield Evidence(ENOUGH, f"its type `{known}` is that of amounts")
    elif decimals == 0:
        return
    elif digits - decimals <= _AMOUNT_DECIMALS[0] or decimals > _MOST_DECIMALS:
        yield Evidence(-1.0, f"its type `{known}` is that of rates or coordinates")
    else:
        yield Evidence(ENOUGH / 2, f"its type `{known}` has decimals")


def _by_comment(comment: str | None) -> Iterator[Evidence]:
    if not comment:
        return
    if _CODED.search(comment):
        yield Evidence(_AGAINST, "its description says that it is a code")
    elif _COUNTED.search(comment):
        yield Evidence(_DESCRIBED, "its description says that it is a quantity")


def _has(words: tuple[Token, ...], *senses: str) -> bool:
    return any(word.senses & set(senses) for word in words)
