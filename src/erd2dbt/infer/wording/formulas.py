"""`amount minus paid_total`, `share of returns in orders`: formulas in words, over columns, aggregates and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram.erd import PickEnd
from erd2dbt.escape.sql import ident
from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box
from erd2dbt.infer.rules import count_of
from erd2dbt.infer.wording.aggregates import Aggregates, Found
from erd2dbt.infer.wording.conditions import Conditions
from erd2dbt.infer.wording.language import Says, folded
from erd2dbt.infer.wording.readings import Qualifiers, Reading
from erd2dbt.infer.wording.scope import Place, Scope
from erd2dbt.infer.wording.tokens import Words, number

_SUMS = {Says.PLUS: "+", Says.MINUS: "-"}
_PRODUCTS = {Says.TIMES: "*", Says.OVER: "/"}
_NAMED, _FAR = 2, 3  # weights: of a column of the model under other words; of a product of aggregates
_MOST = 6  # operators of a formula in words


@dataclass(frozen=True, slots=True)
class Formulas:
    """Parses whole texts as formulas."""

    scope: Scope
    said: Words

    @property
    def aggregates(self) -> Aggregates:
        return Aggregates(self.scope, self.said)

    def readings(self) -> Iterator[Reading]:
        """All meanings of the whole text, also after `is` and articles."""
        starts = {0, self.said.skipped(0, Says.IS, Says.FILLER)}
        for start in sorted(starts):
            rules = (
                self._sum, self._shares, self._differences, self._days, self._dates, self._rows, self._copies,
                self._truths,
            )  # fmt: skip
            for rule in rules:
                yield from (reading for reading, end in rule(start) if self._is_end(end))

    def _is_end(self, place: int) -> bool:
        return place == len(self.said) or (place == len(self.said) - 1 and self.said.is_sign(place, ".?"))

    # -- arithmetic

    def _sum(self, place: int, depth: int = 0) -> Found:
        for first, end in self._product(place, depth):
            yield from self._more(first, end, depth)

    def _more(self, so_far: Reading, place: int, depth: int) -> Found:
        yield so_far, place
        for says, sign in _SUMS.items():
            begin = self.said.after(place, says)
            if begin is None or so_far.pick or depth > _MOST:
                continue
            for other, end in self._product(begin, depth + 1):
                if not other.pick and not self._is_and(place, begin, so_far, other):
                    right = other.text if sign == "+" or other.is_part or " - " not in other.text else other.operand
                    yield from self._more(so_far.beside(other, f"{so_far.text} {sign} {right}"), end, depth + 1)

    def _is_and(self, place: int, end: int, left: Reading, right: Reading) -> bool:
        """Whether a word joins conditions or values rather than adding: `where pieces = 3 and 5`."""
        is_filtered = " filter " in left.text and not right.is_aggregate
        return self.said.after(place, Says.AND) == end and (is_filtered or _is_plain(right))

    def _product(self, place: int, depth: int) -> Found:
        for first, end in self._factor(place, depth):
            yield from self._times(first, end, depth)

    def _times(self, so_far: Reading, place: int, depth: int) -> Found:
        yield so_far, place
        for says, sign in _PRODUCTS.items():
            begin = self.said.after(place, says)
            if begin is None or so_far.pick or depth > _MOST:
                continue
            for other, end in self._factor(self.said.skipped(begin, Says.FILLER), depth + 1):
                is_word = says is Says.OVER and self.said.after(place, Says.DIVIDED) != begin
                if _is_plain(other) and is_word:
                    continue  # `amount over 100` compares: only `/` and `divided by` divide by a number
                if not other.pick and not self._is_of_all(begin, end):
                    both = self._joined(so_far, other, sign)
                    is_far = so_far.is_aggregate and (
                        says is Says.TIMES or so_far.text.startswith(("avg(", "min(", "max("))
                    )
                    yield from self._times(both.heavier(_FAR * is_far), end, depth + 1)

    def _is_of_all(self, start: int, end: int) -> bool:
        """Whether a divisor counts all rows, not only those of one grain value."""
        return any(self.said.after(place, Says.ALL) is not None for place in range(start, end))

    def _joined(self, left: Reading, right: Reading, sign: str) -> Reading:
        if sign == "*":
            return left.beside(right, f"{left.operand} * {right.operand}")
        if _is_plain(right):
            whole = words.is_whole(self.scope.question.kind) and self.scope.question.kind
            return left.beside(right, f"{left.operand} / {right.text}{'' if whole or '.' in right.text else '.0'}")
        return _ratio(left, right)

    def _factor(self, place: int, depth: int) -> Found:
        place = self.said.skipped(place, Says.FILLER)
        if place >= len(self.said) or depth > _MOST:
            return
        if self.said.is_sign(place, "("):
            for inner, end in self._sum(place + 1, depth + 1):
                if self.said.is_sign(end, ")"):
                    yield inner, end + 1
            return
        if (plain := number(self.said.tokens[place], self.said.language)) is not None:
            yield Reading(text=plain, is_part=True), place + 1
            yield from self._hundredths(plain, place + 1, depth)
            return
        values = list(self._values(place))
        named = any(self.said.name(place, end) in self.scope.siblings and not one.weight for one, end in values)
        yield from ((one.heavier(_NAMED * named), end) for one, end in self.aggregates.at(place))
        yield from values
        if depth:
            yield from self._counted(place)

    def _hundredths(self, plain: str, place: int, depth: int) -> Found:
        """`10 % of a`: a tenth of it."""
        percent = self.said.after(place, Says.PERCENT)
        of = self.said.after(percent, Says.OF, Says.FROM) if percent is not None else None
        for whole, end in self._factor(of, depth + 1) if of is not None else ():
            if not whole.pick:
                share = f"{Decimal(plain).scaleb(-2):f}"
                text = f"{share} * {whole.operand}"
                yield replace(whole, text=text, is_part=True, is_aggregate=False), end

    def _values(self, place: int) -> Found:
        """Columns of the model itself, and of boxes with one row for each of its rows."""
        said = self.said
        for end in range(min(len(said), place + 5), place, -1):
            if (sibling := self.scope.sibling(said.name(place, end), said.language)) is not None:
                name = said.name(place, end)
                why = None if name == folded(sibling) else f"`{name}` is taken to be `{sibling}`"
                yield Reading(text=ident(sibling), why=why, is_part=True), end
        for box in self.scope.alone:
            for column, end in self.aggregates.columns(box, place):
                is_input = any(one.box is box for one in self.scope.question.inputs)
                reading = Reading(text=column.text, weight=1 if is_input else 2, is_part=True)
                yield from ((reading, behind) for behind in self._led_to(box, end))

    def _led_to(self, box: Box, place: int) -> Iterator[int]:
        """This place, and those behind boxes that lead to the box: `title of the book` `of the copy of the loan`."""
        yield place
        of = self.said.after(place, Says.OF)
        for other, end in self.scope.boxes_at(self.said, self.said.skipped(of, Says.FILLER)) if of is not None else ():
            is_alone = any(other is one for one in self.scope.alone)
            if is_alone and any(to == box.name for to, _ in other.parents.values()):
                yield from self._led_to(other, end)

    def _counted(self, place: int) -> Found:
        """`revenue / orders`: rows next to an operator are counted."""
        for box in self.scope.many:
            for other, end in self.scope.boxes_at(self.said, place):
                if other is box and box.is_entity:
                    yield Reading(text=count_of(box), weight=5, is_part=True), end

    # -- special forms

    def _rows(self, place: int) -> Found:
        """`visits where state = done`, for a column that can be a count."""
        if words.is_whole(self.scope.question.kind):
            yield from self.aggregates.rows(place)

    def _truths(self, place: int) -> Found:
        """`true if total at least 2`: a condition on the columns of the model."""
        kinds = self.scope.question.siblings
        if not words.is_truth(self.scope.question.kind):
            return
        own = {name: kinds.get(name) for name in self.scope.siblings.values()}
        place = self.said.skipped(place, Says.TRUE, Says.WHERE, Says.FILLER)
        conditions = Conditions(self.scope, self.said, Box(name="", columns=own, key=()))
        yield from ((Reading(text=one.of(None), why=one.why), end) for one, end in conditions.at(place))

    def _shares(self, place: int) -> Found:
        """`share of a in b`, `a to b ratio`, `percentage of a among b`, `share of visits where …`."""
        said = self.said
        for says in (Says.SHARE, Says.PERCENT):
            begin = said.after(place, says)
            if begin is not None:
                begin = said.skipped(begin, Says.OF, Says.FILLER)
                for left, middle in self._factor(begin, 1):
                    yield from self._in(left, middle, says)
                yield from self._part_of_rows(begin, says)
            for left, middle in self._factor(place, 1):
                if (part := said.after(said.after(middle, Says.AS) or middle, says)) is not None:
                    yield from self._in(left, part, says)
                over = said.after(middle, Says.OVER, Says.WITHIN, Says.AND)
                for right, end in self._factor(over, 1) if over is not None else ():
                    is_plain = _is_plain(left) or _is_plain(right)
                    if not is_plain and (behind := said.after(end, says)) is not None:
                        yield _share(left, right, says), behind

    def _in(self, left: Reading, place: int, says: Says) -> Found:
        over = self.said.after(place, Says.WITHIN, Says.OVER, Says.AND, Says.OF)
        if over is None or left.pick or _is_plain(left):
            return
        over = self.said.skipped(over, Says.OF, Says.FILLER, Says.ALL)
        for right, end in self._factor(over, 1):
            if not right.pick and not _is_plain(right) and (" filter " in left.text or not self._is_of_all(place, end)):
                yield _share(left, right, says), end

    def _part_of_rows(self, place: int, says: Says) -> Found:
        """The rows that pass a condition, as a share of all of them."""
        for box in self.scope.many:
            for other, end in self.scope.boxes_at(self.said, place):
                if other is not box:
                    continue
                for qualifiers, behind in self.aggregates.qualifiers(end, box):
                    if qualifiers.conditions and qualifiers.order is None:
                        yield _share(_filtered(box, qualifiers), Reading(text=count_of(box)), says), behind
            for condition, end in Conditions(self.scope, self.said, box).known(place):
                if end == len(self.said):
                    part = _filtered(box, Qualifiers((condition,)))
                    yield _share(part, Reading(text=count_of(box)), says), end

    def _differences(self, place: int) -> Found:
        """`difference between a and b`, and `sum of a and b` where both are values."""
        said = self.said
        for says, sign in ((Says.DIFFERENCE, "-"), (Says.SUM, "+")):
            begin = said.after(place, says)
            if begin is None:
                continue
            begin = said.skipped(begin, Says.OF, Says.FILLER)
            for left, middle in self._values(begin):
                second = said.after(middle, Says.AND, Says.PLUS)
                for right, end in self._values(said.skipped(second, Says.FILLER)) if second is not None else ():
                    both = left.beside(right, f"{left.text} {sign} {right.text}")
                    yield from self._added(both, end) if sign == "+" else [(both, end)]

    def _days(self, place: int) -> Found:
        """`days between a and b`, of two dates."""
        begin = self.said.after(place, Says.DAYS)
        for left, middle in self._values(begin) if begin is not None else ():
            second = self.said.after(middle, Says.AND, Says.WITHIN)
            for right, end in self._values(second) if second is not None else ():
                both = left.beside(right, f"{right.text}::date - {left.text}::date")
                if self._is_time(left) and self._is_time(right):
                    yield both, end
        yield from self._first_to_last(begin)

    def _dates(self, place: int) -> Found:
        """`day of issued_at`, for a date."""
        time = self.said.after(place, Says.TIME)
        begin = self.said.after(time, Says.OF) if time is not None else None
        if begin is None or family(self.scope.question.kind or "") != "date":
            return
        for box in self.scope.alone:
            for column, end in self.aggregates.columns(box, self.said.skipped(begin, Says.FILLER)):
                if words.is_time(column.column, column.kind):
                    is_date = family(column.kind or "") == "date"
                    yield Reading(text=column.text if is_date else f"{column.text}::date", weight=1, is_part=True), end

    def _first_to_last(self, place: int | None) -> Found:
        """`first and last order` after `days between`."""
        for says in (Says.FIRST, Says.AND, Says.LAST):
            place = self.said.after(place, says) if place is not None else None
        for box, end in self.scope.boxes_at(self.said, place) if place is not None else ():
            for first, behind in self.aggregates.of_time(box, PickEnd.FIRST, (), end):
                for last, other in self.aggregates.of_time(box, PickEnd.LAST, (), end):
                    if behind == other and first.text.removeprefix("min") == last.text.removeprefix("max"):
                        yield last.beside(first, f"{last.text}::date - {first.text}::date"), behind

    def _is_time(self, reading: Reading) -> bool:
        """Whether a column is a date or a timestamp."""
        owner, _, name = reading.text.rpartition(".")
        columns = self.scope.boxes[owner].columns if owner in self.scope.boxes else self.scope.question.siblings
        return words.is_time(name, columns.get(name))

    def _added(self, so_far: Reading, place: int) -> Found:
        yield so_far, place
        if (more := self.said.after(place, Says.AND, Says.PLUS)) is not None:
            for other, end in self._values(self.said.skipped(more, Says.AND, Says.FILLER)):
                yield from self._added(so_far.beside(other, f"{so_far.text} + {other.text}"), end)

    def _copies(self, place: int) -> Found:
        """`from customers`, and a value of many rows that the grain determines: `campaign name of campaigns`."""
        said, name = self.said, self.scope.question.name
        begin = said.after(place, Says.FROM, Says.OF)
        if begin is not None:
            begin = said.skipped(begin, Says.FILLER)
            for box, end in self.scope.boxes_at(said, begin):
                column = self.scope.column(box, folded(name), said.language)
                if column is not None:
                    yield from self._copied(Place(box, column), end)
            yield from self._values(begin)
        for box in self.scope.many:
            start = place if begin is None else begin
            for one, end in self.aggregates.columns(box, start):
                if said.name(start, end) != folded(one.column):
                    yield from self._copied(one, end)

    def _copied(self, column: Place, end: int) -> Found:
        box, grain = column.box, self.scope.question.grain
        if any(box is one for one in self.scope.alone):
            yield Reading(text=column.text, weight=1, is_part=True), end
        elif box.is_entity and grain and set(grain) <= box.columns.keys() and not words.is_number(column.kind):
            why = f"assumes that ({', '.join(grain)}) determines it, a claim that is tested"
            yield Reading(text=column.text, weight=4, why=why, claim=(box.name, grain), is_part=True), end


def _is_plain(reading: Reading) -> bool:
    """Whether it is a number."""
    return reading.text.replace(".", "", 1).isdigit()


def _ratio(left: Reading, right: Reading) -> Reading:
    both = left.beside(right, f"ratio({left.text}, {right.text})")
    return Reading(text=both.text, weight=both.weight, why=both.why, is_part=True)


def _share(left: Reading, right: Reading, says: Says) -> Reading:
    found = _ratio(left, right)
    if says is Says.SHARE:
        return found
    return Reading(text=f"100 * {found.text}", weight=found.weight, why=found.why or "per cent: 100 is the whole")


def _filtered(box: Box, qualifiers: Qualifiers) -> Reading:
    where = qualifiers.joined(qualified=Place(box, ""))
    far = sum(condition.is_far for condition in qualifiers.conditions)
    return Reading(text=f"{count_of(box)} filter (where {where})", why=qualifiers.why, weight=far, is_part=True)
