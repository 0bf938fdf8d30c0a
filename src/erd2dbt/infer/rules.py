"""The rules that derive one column of a drawn model. Each rule offers its candidates, and the best rank wins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from erd2dbt.diagram.erd import Expression, Pick, PickEnd
from erd2dbt.escape.sql import ident, literal
from erd2dbt.faults.diagnostics import Span
from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box, Certainty, Derivation, Flow
from erd2dbt.infer.quantities import is_mean
from erd2dbt.names.plurals import plural, singular
from erd2dbt.names.spelling import snake

_FIRST = re.compile(r"\b(?:first|earliest|initial|acquisition|oldest)\b", re.IGNORECASE)
_LAST = re.compile(r"\b(?:last|latest|most recent|current|newest)\b", re.IGNORECASE)
_LOOKUP = re.compile(r"\b(?:details?|enrich\w*|look\w* ?up|attributes?|names?|labels?|describes?)\b", re.IGNORECASE)
_MEAN = re.compile(r"(?:avg|average|mean)_(?=.)")
_MAXIMUM = re.compile(r"(?:max|maximum|highest|largest|biggest|top)_(?=.)")
_MINIMUM = re.compile(r"(?:min|minimum|lowest|smallest)_(?=.)")
_DAYS_SINCE = re.compile(r"days?_since_(?:the_)?(?=.)")
_WHOLE_WAY = re.compile(
    r"^(?:efficiency|overall|total|funnel|end_to_end|full)(?:_funnel)?_(?:score|rate|ratio|conversion)"
)
_DISTINCT = re.compile(r"(?:unique|distinct)_(?=.)")
_OVERALL = re.compile(r"(?:overall|total|global|blended)_(?=.)")
_RATE = re.compile(r"(\w+?)_to_(\w+)_(?:rate|ratio|conversion)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A box that flows into the model. `many`: several of its rows belong to one row of the model."""

    box: Box
    flow: Flow
    many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnQuestion:
    """A column of a model, and its possible sources. `grain`: the model's key. `siblings`: its columns with types.

    `boxes`: all boxes of the diagram, by their names in the spec.
    """

    name: str
    kind: str | None
    grain: tuple[str, ...]
    siblings: dict[str, str | None]
    inputs: tuple[Input, ...]
    span: Span
    boxes: Mapping[str, Box] = field(default_factory=dict)

    @property
    def many(self) -> Iterator[Input]:
        return (one for one in self.inputs if one.many)

    @property
    def alone(self) -> tuple[Box, ...]:
        """Boxes with one row for each row of the model: inputs, their parents, and the parents of the grain."""
        found = [one.box for one in self.inputs if not one.many]
        tied = [to for one in self.inputs for column, (to, _) in one.box.parents.items() if column in self.grain]
        tied += [to for box in found for to, _ in box.parents.values()]
        once = {box.name: box for box in (*found, *(self.boxes[name] for name in tied if name in self.boxes))}
        return tuple(once.values())

    def sql(self, text: str) -> Expression:
        return Expression(text, self.span)

    def sure(self, text: str, why: str) -> Derivation:
        return Derivation(certainty=Certainty.SURE, why=why, formula=self.sql(text))

    def guess(self, text: str, why: str) -> Derivation:
        return Derivation(certainty=Certainty.GUESS, why=why, formula=self.sql(text))


Ranked = tuple[int, Derivation]
Rule = Callable[[ColumnQuestion], Iterator[Ranked]]


def inferred_derivations(question: ColumnQuestion) -> list[Derivation]:
    """The derivations of the best rank, each formula once: none, one, or several equally likely ones."""
    found = [answer for rule in RULES for answer in rule(question)]
    best = max((rank for rank, _ in found), default=0)
    once = {_text(d): d for rank, d in reversed(found) if rank == best}
    return list(reversed(once.values()))


def _text(derivation: Derivation) -> str:
    formula = derivation.formula
    if isinstance(formula, Pick):
        return f"{formula.end}: {formula.value.text}"
    return formula.text if isinstance(formula, Expression) else ""


def _carried(question: ColumnQuestion) -> Iterator[Ranked]:
    """A column of the same name in an input with one row for each row of the model."""
    for one in question.inputs:
        if not one.many and question.name in one.box.columns:
            yield 9, question.sure(f"{one.box.name}.{question.name}", "it has the same name there")


def _looked_up(question: ColumnQuestion) -> Iterator[Ranked]:
    """`customer_name` from a parent of the rows: the `name` of that entity, or its column of the whole name."""
    inputs = {one.box.name for one in question.inputs if not one.many}
    for box in question.alone:
        thing, last = singular(box.name), words.last_word(box.name)
        for prefix in dict.fromkeys((f"{thing}_", f"{last}_")):
            column = question.name.removeprefix(prefix)
            if column != question.name and column in box.columns and question.name not in box.columns:
                yield 7, question.sure(f"{box.name}.{column}", "it is looked up")
        if box.name not in inputs and question.name in box.columns and question.name not in box.key:
            yield 8, question.sure(f"{box.name}.{question.name}", "it is looked up")


def _counts(question: ColumnQuestion) -> Iterator[Ranked]:
    """`orders` as a count of orders; `paid_orders`, where `paid` is a value of one of their columns."""
    kind = question.kind
    if words.is_counting(question.name) or not words.is_whole(kind):
        return
    for one in question.many:
        box, thing = one.box, question.name
        if not box.is_entity:
            continue
        if words.is_thing(thing, box.name) and thing in (box.name, plural(thing)):
            yield 3, question.guess(count_of(box), f"{box.name} are counted")
            continue
        adjective, _, noun = thing.rpartition("_")
        known = [(c, v) for c, some in box.values.items() for v in some if snake(v) == adjective]
        if words.is_thing(noun, box.name) and len(known) == 1:
            column, value = known[0]
            text = f"{count_of(box)} filter (where {box.name}.{ident(column)} = {literal(value)})"
            yield 4, question.guess(text, f"`{value}` is a value of `{column}`")


def _totals(question: ColumnQuestion) -> Iterator[Ranked]:
    """Sums and counts, by the thing in the name."""
    thing, counts = words.counted(question.name), words.is_counting(question.name)
    for one in question.many:
        box = one.box
        if question.name in box.columns and _may_be_added(box, question.name):
            yield (6 if counts else 5), _summed(question, box, question.name, sure=counts)
        elif counts and thing in box.columns and _may_be_added(box, thing):
            yield 6, _summed(question, box, thing, sure=True)
        if words.is_whole(question.kind) and box.is_entity and box.columns:
            if counts and words.is_thing(thing, box.name):
                yield 5, question.sure(count_of(box), f"it counts {box.name}")
            elif counts and words.is_synonym(thing, box.name):
                yield 3, question.guess(count_of(box), f"`{thing}` are taken to be {box.name}")
        if counts and not words.is_whole(question.kind):
            yield from _synonyms(question, box, thing)


def _synonyms(question: ColumnQuestion, box: Box, thing: str) -> Iterator[Ranked]:
    ending = [name for name in _numbers(box) if name.endswith(f"_{thing}")]
    if len(ending) == 1:
        yield 4, _summed(question, box, ending[0], sure=False)
    money = [name for name in _numbers(box) if words.is_money(name)]
    money = [name for name in money if name in words.MONEY] or money
    if words.is_money(thing) and len(money) == 1:
        yield 3, _summed(question, box, money[0], sure=False)


def _summed(question: ColumnQuestion, box: Box, column: str, *, sure: bool) -> Derivation:
    text = f"sum({box.name}.{column})"
    if sure:
        return question.sure(text, f"`{column}` is summed")
    thing = words.counted(question.name)
    return question.guess(
        text, "it is summed" if thing == column else f"`{thing}` is taken to be the sum of `{column}`"
    )


def count_of(box: Box) -> str:
    """The expression that counts the rows of a box."""
    if len(box.key) == 1:
        return f"count(distinct {box.name}.{box.key[0]})"
    return f"count({box.name}.{box.key[0]})" if box.key else f"count({box.name}.{next(iter(box.columns))})"


def _numbers(box: Box) -> list[str]:
    return [name for name in box.columns if _may_be_added(box, name)]


def _may_be_added(box: Box, name: str) -> bool:
    """Whether the column is a number that is not a key, a reference, an average, or named like an id."""
    is_amount = words.is_number(box.columns[name]) and name not in (*box.key, *box.links)
    return is_amount and not words.is_identifier(name) and not is_mean(name)


def _distinct(question: ColumnQuestion) -> Iterator[Ranked]:
    """`unique_users`: distinct `user_id`; `active_campaigns`: distinct `campaign_id` in the rows."""
    said = _DISTINCT.match(question.name)
    adjective, _, thing = question.name.partition("_")
    if said:
        thing = question.name[said.end() :]
    if not thing or not words.is_whole(question.kind) or words.is_counting(question.name):
        return
    for one in question.many:
        if any(words.is_thing(thing, box.box.name) for box in question.many if not said and box.box.is_entity):
            continue  # `mobile_sessions`: some of the sessions, by a filter that is not drawn
        same = [c for c in one.box.columns if c in (thing, singular(thing), f"{singular(thing)}_id")]
        if len(same) == 1 and said:
            yield 5, question.sure(f"count(distinct {one.box.name}.{same[0]})", "different values are counted")
        elif len(same) == 1 and adjective in ("active", "different", "number"):
            text = f"count(distinct {one.box.name}.{same[0]})"
            yield 3, question.guess(text, f"{adjective} are taken to be those that occur")


def _extremes(question: ColumnQuestion) -> Iterator[Ranked]:
    """`first_purchase_date`: the minimum of the only date."""
    end = _end(question.name.replace("_", " "))
    if end is None or not words.is_time(question.name, question.kind):
        return
    thing = "_".join(word for word in question.name.split("_") if not (_end(word) or words.is_time(word, None)))
    own = [one for one in question.many if words.is_thing(thing, one.box.name)]  # `last_order_at`: of orders
    for one in own or question.many:
        times = [name for name, kind in one.box.columns.items() if words.is_time(name, kind)]
        named = [name for name in times if name in question.name]
        for name in named if len(named) == 1 else times:
            text = f"{'min' if end is PickEnd.FIRST else 'max'}({one.box.name}.{name})"
            yield 5, question.sure(text, f"`{name}` is the only time there")


def _means(question: ColumnQuestion) -> Iterator[Ranked]:
    said = _MEAN.match(question.name)
    if not said:
        return
    thing = question.name[said.end() :]
    for one in question.many:
        same = _likely(one.box, thing)
        if len(same) == 1 and not is_mean(same[0]):  # the mean of means would count each of them alike
            rank = 4 if same[0] == thing else 3
            yield rank, question.guess(f"avg({one.box.name}.{same[0]})", f"the mean of `{same[0]}`, each row alike")


def _bounds(question: ColumnQuestion) -> Iterator[Ranked]:
    """`max_amount`, `lowest_price`: the maximum or minimum of a number."""
    for call, said in (("max", _MAXIMUM.match(question.name)), ("min", _MINIMUM.match(question.name))):
        for one in question.many if said else ():
            same = _likely(one.box, question.name[said.end() :] if said else "")
            if len(same) == 1:
                why = f"the {'largest' if call == 'max' else 'smallest'} `{same[0]}`"
                yield 4, question.guess(f"{call}({one.box.name}.{same[0]})", why)


def _likely(box: Box, thing: str) -> list[str]:
    """The numeric columns with this name, else those that start or end with it, also after the name of the box."""
    names = {thing, thing.removeprefix(f"{words.last_word(box.name)}_")}
    numbers = _numbers(box)
    exact = [c for c in numbers if c in names]
    alike = [c for c in numbers if c.startswith(thing) or c.endswith(f"_{thing}")]
    return exact or alike or [c for c in numbers if words.is_money(thing) and c in words.MONEY]


def _days_since(question: ColumnQuestion) -> Iterator[Ranked]:
    """`days_since_last_order`: the days from a date of the model or input until today."""
    said = _DAYS_SINCE.match(question.name)
    if not said:
        return
    thing = question.name[said.end() :]
    dates = {ident(n) for n, kind in question.siblings.items() if n.startswith(thing) and words.is_time(n, kind)}
    dates |= {
        f"{box.name}.{ident(name)}"
        for box in question.alone
        for name, kind in box.columns.items()
        if name.startswith(thing) and words.is_time(name, kind)
    }
    for name in dates if len(dates) == 1 else ():
        yield 5, question.guess(f"current_date - {name}::date", "until today: another value each day")
    other = replace(question, name=f"{thing}_at", kind="timestamp")
    for _, found in _extremes(other) if not dates else ():
        if isinstance(found.formula, Expression):
            text = f"current_date - {found.formula.text}::date"
            yield 4, question.guess(text, "until today: another value each day")


def _pers(question: ColumnQuestion) -> Iterator[Ranked]:
    """`revenue_per_order`, where the model has both."""
    above, per, below = question.name.partition("_per_")
    if per:
        sides = (_sibling(question, (singular(side),)) for side in (above, below))
        left, right = sides
        if left and right and left != right:
            yield 4, question.guess(f"ratio({left}, {right})", "by its name")


def _overall_rates(question: ColumnQuestion) -> Iterator[Ranked]:
    """`efficiency_score` with the rates of a chain of steps: the last step per first step."""
    if not _WHOLE_WAY.search(question.name) or words.is_truth(question.kind):
        return
    steps = [said.groups() for name in question.siblings if (said := _RATE.fullmatch(name))]
    if len(steps) > 1 and all(a[1] == b[0] for a, b in pairwise(steps)):
        above, below = (_sibling(question, (singular(part),)) for part in (steps[-1][1], steps[0][0]))
        if above and below:
            yield 3, question.guess(f"ratio({above}, {below})", "the rates next to it, from first to last")


def _picks(question: ColumnQuestion) -> Iterator[Ranked]:
    """An arrow `first touch`, or a column `first_channel`: the value in the first row."""
    for one in question.many:
        end = _end(one.flow.label) or _end(question.name.replace("_", " "))
        columns = [name for name in one.box.columns if question.name == name or question.name.endswith(f"_{name}")]
        if end is None or not columns or words.is_time(question.name, question.kind):
            continue
        longest = max(columns, key=len)
        yield 5, _picked(question, one.box, longest, end)


def _picked(question: ColumnQuestion, box: Box, column: str, end: PickEnd) -> Derivation:
    names = [name for name, kind in box.columns.items() if words.is_time(name, kind)]
    ranks = [name for name, kind in box.columns.items() if words.is_rank(name, kind)]
    order = next(iter(names or ranks), None)
    if order is None:
        needed = f"which column orders the rows of {box.name}? {{{end}: {box.name}.{column}, order: …}}"
        return Derivation(certainty=Certainty.UNKNOWN, why=needed)
    pick = Pick(end=end, value=question.sql(f"{box.name}.{column}"), where=None, order=(question.sql(order),))
    return Derivation(certainty=Certainty.GUESS, why=f"the {end} row is the {end} by `{order}`", formula=pick)


def _end(text: str) -> PickEnd | None:
    if _FIRST.search(text):
        return PickEnd.FIRST
    return PickEnd.LAST if _LAST.search(text) else None


def _lookups(question: ColumnQuestion) -> Iterator[Ranked]:
    """A label of many rows. It has one value only if the grain determines it, which must be claimed."""
    for one in question.many:
        box, on = one.box, tuple(name for name in question.grain if name in one.box.columns)
        if question.name not in box.columns or not box.is_entity or not on or on != question.grain:
            continue
        if words.is_number(box.columns[question.name]) and not _LOOKUP.search(one.flow.label):
            continue
        why = f"assumes that ({', '.join(on)}) determines it, a claim that is tested"
        claimed = Derivation(
            certainty=Certainty.GUESS,
            why=why,
            formula=question.sql(f"{box.name}.{question.name}"),
            claim=(box.name, on),
        )
        yield (5 if _LOOKUP.search(one.flow.label) else 4), claimed


def _rates(question: ColumnQuestion) -> Iterator[Ranked]:
    """`session_to_conversion_rate`: conversions per session."""
    said = _RATE.fullmatch(question.name)
    if said:
        below, above = (_sibling(question, (singular(part),)) for part in said.groups())
        if below and above and below != above:
            yield 6, question.sure(f"ratio({above}, {below})", "by its name")


def _indicators(question: ColumnQuestion) -> Iterator[Ranked]:
    """`roas`, `ctr`, `conversion_rate`: by the usual definition, where the model has both operands."""
    bare = _OVERALL.sub("", question.name, count=1)
    for name in (question.name, bare):
        if name in words.INDICATORS:
            sides = words.INDICATORS[name]
            above, below = (_sibling(question, tuple(map(singular, side))) for side in sides)
            if above and below:
                yield 4, question.guess(f"ratio({above}, {below})", f"`{bare}` is usually that")
            return


def _sibling(question: ColumnQuestion, things: tuple[str, ...]) -> str | None:
    """The only column of the model that is, or totals, the first of these things that it has; None without one."""
    for thing in things:
        found = [
            name
            for name, kind in question.siblings.items()
            if name != question.name
            and not (kind and not words.is_number(kind))
            and singular(words.counted(name)) == thing
        ]
        if len(found) == 1:
            return found[0]
    return None


RULES: tuple[Rule, ...] = (
    _carried, _looked_up, _counts, _totals, _distinct, _extremes, _means, _bounds, _days_since, _picks, _lookups,
    _rates, _pers, _overall_rates, _indicators,
)  # fmt: skip
