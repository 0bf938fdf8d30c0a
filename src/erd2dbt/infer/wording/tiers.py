"""`high ≥ 500 / medium ≥ 100 / low`: tiers in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from erd2dbt.diagram.erd import TODO, Expression, Formula, Tier
from erd2dbt.escape.sql import ident, literal
from erd2dbt.infer import words
from erd2dbt.infer.rules import ColumnQuestion
from erd2dbt.infer.wording.language import Says, folded
from erd2dbt.infer.wording.languages import LANGUAGES, phrases
from erd2dbt.infer.wording.scope import Scope
from erd2dbt.infer.wording.tokens import Words, number, read

_SIGNS = {Says.AT_LEAST: ">=", Says.ABOVE: ">", Says.BELOW: "<", Says.AT_MOST: "<="}
_JOINING = (
    Says.WHERE, Says.WITH, Says.THEN, Says.IS, Says.OF, Says.FROM, Says.PER, Says.BY, Says.WITHIN, *_SIGNS,
)  # fmt: skip
_BEHIND_LABELS = phrases(Says.ELSE, *_JOINING)
_SEPARATORS = "/,;|→"
_WORTH = frozenset("ltv clv value spend spending revenue sales".split())


@dataclass(frozen=True, slots=True)
class Cut:
    """One label: the values from `low` (included where `closed`) to below `high`. All None: the remaining values."""

    label: str
    low: Decimal | None = None
    closed: bool = True
    high: Decimal | None = None
    high_closed: bool = False
    value: str | None = None  # the compared value, where the text names it


@dataclass(frozen=True, slots=True)
class Found:
    """A tier, and its assumptions."""

    formula: Formula
    why: str | None = None


def tier_of(scope: Scope, said: Words) -> Found | None:
    """The text as a tier; None when it is not one, or its ranges have gaps or overlap."""
    text, value = _valued(scope, said)
    cuts = [_cut(scope, said, start, end) for start, end in _parts(said, *text)]
    if len(cuts) < 2 or not all(cuts):
        return None
    known = _ordered([cut for cut in cuts if cut])
    if known is None:
        return None
    why = None
    said_inside = {cut.value for cut in known if cut.value}
    if len(said_inside) > 1 or (value and said_inside - {value}):
        return None
    value = value or next(iter(said_inside), None)
    if value is None:
        value, why = _likely(scope.question)
        if value is None:
            value, why = TODO, None
    return Found(_formula(scope.question, value, known), why)


def _valued(scope: Scope, said: Words) -> tuple[tuple[int, int], str | None]:
    """The part of the text with the labels, and the column that is cut: `… (by revenue)`, `revenue: …`."""
    start, end = 0, len(said)
    for place in range(len(said)):
        begin = said.after(place, Says.BY)
        if begin is None or place == 0:
            continue
        begin = said.skipped(begin, Says.BY, Says.FILLER)
        for behind in range(end, begin, -1):
            closed = behind + 1 if said.is_sign(behind, ")") else behind
            value = _value(scope, said, begin, behind)
            if value and closed == len(said):
                return (0, place - int(said.is_sign(place - 1, "(,;–—-"))), value
    if said.is_sign(end - 1, ")"):
        for place in range(end - 2, 0, -1):
            if said.is_sign(place - 1, "(") and (value := _value(scope, said, place, end - 1)):
                return (0, place - 1), value
    begin = said.skipped(0, Says.BY, Says.FILLER)
    for behind in range(min(end, begin + 5), begin, -1):
        value = _value(scope, said, begin, behind)
        if value and said.is_sign(behind, ":,;("):
            inner = said.is_sign(behind, "(") and said.is_sign(end - 1, ")")
            return (behind + 1, end - int(inner)), value
    return _before_label(scope, said, begin) or ((start, end), None)


def _before_label(scope: Scope, said: Words, begin: int) -> tuple[tuple[int, int], str] | None:
    """A number of the model before the first label, and the rest: `revenue high ≥ 500 / low`. None for other texts.

    Where another label begins with the same words, they are a part of the labels.
    """
    end = len(said)
    for behind in range(min(end - 1, begin + 5), begin, -1):
        sibling = scope.sibling(said.name(begin, behind), said.language)
        is_number = sibling is not None and words.is_number(scope.question.siblings[sibling])
        if sibling is None or not is_number or said.tokens[behind].kind != "word":
            continue
        is_bound = said.after(behind, *_SIGNS) is not None or _bound(said, behind, end) is not None
        others = [said.name(start, start + behind - begin) for start, _ in list(_parts(said, behind, end))[1:]]
        if not is_bound and said.name(begin, behind) not in others:
            return (behind, end), ident(sibling)
    return None


def _value(scope: Scope, said: Words, start: int, end: int) -> str | None:
    """A column of the model, or of a box with one row for each of its rows; None for other words."""
    if (sibling := scope.sibling(said.name(start, end), said.language)) is not None:
        return ident(sibling)
    found = [
        f"{box.name}.{ident(column)}"
        for box in scope.alone
        if (column := scope.column(box, said.name(start, end), said.language)) is not None
    ]
    return found[0] if len(found) == 1 else None


def _parts(said: Words, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The places of the parts between separators, without a leading `and`."""
    first = start
    depth = inside = 0
    for place in range(start, end):
        depth += said.is_sign(place, "(") - said.is_sign(place, ")")
        rest = said.after(place, Says.ELSE)
        is_else, inside = place >= inside, max(inside, rest or 0)
        if is_else and rest is not None and rest < end and place > first and not said.is_sign(rest, _SEPARATORS + "()"):
            yield _begin(said, first), place  # `gold if a > 9 else none`
            first = place
            continue
        if said.is_sign(place, _SEPARATORS) and depth == 0 and not _continues(said, first, place):
            if place > first:
                yield _begin(said, first), place
            first = place + 1
    if end > first:
        yield _begin(said, first), end


def _begin(said: Words, place: int) -> int:
    """The place behind an `and`; a letter before its range is a label: `Y` in Spanish."""
    return place if place < len(said) and _is_letter(said, place) else said.skipped(place, Says.AND)


def _continues(said: Words, first: int, place: int) -> bool:
    """Whether the text goes on behind a comma: `if a > 3, then high`, `high, if a > 3`."""
    has_bound = any(token.kind == "number" for token in said.tokens[first:place])
    return said.after(place + 1, Says.THEN if has_bound else Says.WHERE) is not None


def _cut(scope: Scope, said: Words, start: int, end: int) -> Cut | None:
    """`high ≥ 500`, `≥ 500 high`, `high (≥ 500)`, `high: 500+`, `100-500 medium`, `else low`, `low`."""
    bound: Cut | None = None
    label: list[int] = []
    left_over = False
    place = start
    while place < end:
        if not label and (joined := _joined(said, place, end, is_bound=bound is not None)) is not None:
            place = joined
            continue
        if said.is_sign(place, "():=,") and said.after(place, *_SIGNS) is None:
            place += 1
            continue
        found = _bound(said, place, end) or _compared(scope, said, place, end)
        if found is not None and bound is None:
            bound, place = found
            continue
        rest = said.after(place, Says.ELSE)
        is_label = rest is not None and not label and said.after(rest, Says.ELSE) == end  # `other otherwise`
        if (
            rest is not None
            and rest <= end
            and not left_over
            and bound is None
            and not is_label
            and (label or rest < end)
        ):
            left_over, place = True, rest
            continue
        is_inside = bool(label) and label[-1] == place - 1
        is_name = is_inside or _is_letter(said, place)
        filler = said.after(place, Says.WHERE, Says.IS, *(() if is_name else (Says.FILLER,)))
        if filler is not None and filler <= end and (not label or filler == end or bound is None):
            place = filler
            continue
        if said.tokens[place].kind not in ("word", "string") or (label and label[-1] != place - 1):
            return None
        label.append(place)
        place += 1
    if not label or (left_over and bound):
        return None
    if _connects(said, label[0], label[-1] + 1):
        return None
    text = said.slice(label[0], label[-1] + 1).strip("'\"“”‘’")
    return replace(bound, label=text) if bound else Cut(text)


def _is_letter(said: Words, place: int) -> bool:
    """Whether a letter is a label rather than an article: a capital without a noun behind it, as in `A if` and `B`."""
    behind = place + 1
    is_capital = len(said.tokens[place].text) == 1 and said.tokens[place].text.isupper()
    ends = behind >= len(said) or said.tokens[behind].kind in ("sign", "number")
    return is_capital and (ends or said.has_phrase(behind, _BEHIND_LABELS))


def _joined(said: Words, place: int, end: int, *, is_bound: bool) -> int | None:
    """The place after `then` behind a range, or after the `else` of `else if`; None for other words."""
    then = said.after(place, Says.THEN) if is_bound else None
    rest = said.after(place, Says.ELSE)
    is_more = rest is not None and said.after(rest, Says.WHERE) is not None
    found = then or (rest if is_more else None)
    return found if found is not None and found < end else None


def _connects(said: Words, start: int, end: int) -> bool:
    """Whether a label begins or ends with a word that joins it to its range, in any language: `hoch wenn`."""
    for language in LANGUAGES:
        told = read(said.slice(start, end), language)
        is_letter = len(told.tokens[-1].text) == 1  # `grade E`
        begins = told.after(0, Says.ELSE, Says.THEN, Says.WHERE)
        ends = [told.after(place, Says.ELSE, *_JOINING) for place in range(1, len(told))]
        is_rest = begins == len(told) and told.after(0, Says.ELSE) == begins  # `other`, as a label
        is_word = begins == len(told) and not is_rest and not is_letter  # `if` alone
        if (begins is not None and begins < len(told)) or is_word or (len(told) in ends and not (is_letter or is_rest)):
            return True
    return False


def _compared(scope: Scope, said: Words, place: int, end: int) -> tuple[Cut, int] | None:
    """`total_amount > 1000`."""
    for behind in range(min(end, place + 5), place, -1):
        value = _value(scope, said, place, behind)
        if value is not None and behind < end and (found := _bound(said, behind, end)) is not None:
            return replace(found[0], value=value), found[1]
    return None


def _bound(said: Words, place: int, end: int) -> tuple[Cut, int] | None:
    """A comparison with a number, `500+`, `100-500`; None for other texts."""
    says = max(_SIGNS, key=lambda one: said.after(place, one) or 0)
    begin = said.after(place, says)
    if begin is not None and begin < end and (plain := number(said.tokens[begin], said.language)) is not None:
        bound = Decimal(plain)
        if says in (Says.AT_LEAST, Says.ABOVE):
            return Cut("", low=bound, closed=says is Says.AT_LEAST), begin + 1
        return Cut("", high=bound, high_closed=says is Says.AT_MOST), begin + 1
    plain = number(said.tokens[place], said.language)
    if plain is None:
        return None
    low, behind = Decimal(plain), place + 1
    if behind < end and said.is_sign(behind, "+"):
        return Cut("", low=low), behind + 1
    if (more := said.after(behind, Says.AT_LEAST)) is not None and more <= end:
        return Cut("", low=low), more  # `500 or more`
    if behind + 1 < end and (said.is_sign(behind, "-–—−") or said.after(behind, Says.AND, Says.AT_MOST)):
        behind = said.after(behind, Says.AND, Says.AT_MOST) or behind + 1
        upper = number(said.tokens[behind], said.language) if behind < end else None
        return (Cut("", low=low, high=Decimal(upper)), behind + 1) if upper is not None else None
    return None


def _ordered(cuts: list[Cut]) -> list[Cut] | None:
    """From the highest to the rest, each with its lower bound; None where they contradict each other."""
    open_ = [cut for cut in cuts if cut.low is None and cut.high is None]
    if len(open_) > 1 or len({cut.label for cut in cuts}) < len(cuts):
        return None
    lows = sorted((cut for cut in cuts if cut.low is not None), key=lambda cut: -(cut.low or 0))
    highs = sorted((cut for cut in cuts if cut.low is None and cut.high is not None), key=lambda cut: cut.high or 0)
    if lows and len(highs) + len(open_) <= 1 and _fit(lows, highs):
        return [*lows, *(Cut(cut.label, value=cut.value) for cut in (*highs, *open_))]
    if not lows and open_ and highs:  # `low < 100, medium < 500, high`
        bounds = [cut.high for cut in highs]
        labels = [*(cut.label for cut in highs[1:]), open_[0].label]
        closed = [not cut.high_closed for cut in highs]
        values = [cut.value for cut in highs]
        found = [Cut(label, low, c, value=v) for label, low, c, v in zip(labels, bounds, closed, values, strict=True)]
        return [*reversed(found), Cut(highs[0].label)] if len(set(bounds)) == len(bounds) else None
    return None


def _fit(lows: list[Cut], highs: list[Cut]) -> bool:
    """Whether each upper bound is the start of the next range, or the last integer before it."""
    ordered = [*lows, *highs]
    bounds = [cut.low for cut in lows]
    if len(set(bounds)) < len(bounds):
        return False
    for above, below in pairwise(ordered):
        if below.high is not None and below.high not in (above.low, (above.low or 0) - 1):
            return False
    return lows[0].high is None


def _likely(question: ColumnQuestion) -> tuple[str | None, str | None]:
    """The number that is cut where the text does not name it: the only one, the one in the name, the one before."""
    numbers = [
        name
        for name, kind in question.siblings.items()
        if name not in (*question.grain, question.name) and kind and words.is_number(kind)
    ]
    if len(numbers) == 1:
        return ident(numbers[0]), f"`{numbers[0]}` is the only number of the model"
    parts = set(folded(question.name).split("_"))
    named = [name for name in numbers if parts & set(folded(words.counted(name)).split("_"))]
    if not named and parts & _WORTH:
        named = [name for name in numbers if words.is_money(name)]
    if len(named) == 1:
        return ident(named[0]), f"`{named[0]}` is cut, by the names"
    order = list(question.siblings)
    before = [name for name in numbers if order.index(name) < order.index(question.name)]
    if before and order.index(before[-1]) == order.index(question.name) - 1:
        return ident(before[-1]), f"`{before[-1]}` is cut, the column before it"
    return None, None


def _formula(question: ColumnQuestion, value: str, cuts: list[Cut]) -> Formula:
    """A tier; a CASE where a bound does not belong to the range above it."""
    *above, last = cuts
    rest = last.label if last.low is None else None
    bounded = above if rest is not None else cuts
    if all(cut.closed for cut in bounded):
        pairs = tuple((cut.label, _plain(cut.low)) for cut in bounded)
        return Tier(value=Expression(value, question.span), cuts=pairs, otherwise=rest)
    branches = [
        f"when {value} {'>=' if cut.closed else '>'} {_plain(cut.low)} then {literal(cut.label)}" for cut in bounded
    ]
    if rest is not None:
        branches.append(f"when {value} is not null then {literal(rest)}")
    return Expression(f"case {' '.join(branches)} end", question.span)


def _plain(bound: Decimal | None) -> str:
    return f"{bound if bound is not None else Decimal(0):f}"
