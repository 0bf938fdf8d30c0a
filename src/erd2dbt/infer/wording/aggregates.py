"""`sum of amount of orders where status = paid per customer`: aggregates and picks in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import Pick, PickEnd
from erd2dbt.escape.sql import ident
from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box
from erd2dbt.infer.rules import count_of
from erd2dbt.infer.wording.conditions import Condition, Conditions, is_unlike_sql
from erd2dbt.infer.wording.language import Says, folded
from erd2dbt.infer.wording.readings import NO_QUALIFIERS, Qualifiers, Reading
from erd2dbt.infer.wording.scope import Place, Scope
from erd2dbt.infer.wording.tokens import Words, number

_CALLS = {Says.SUM: "sum", Says.AVERAGE: "avg", Says.MINIMUM: "min", Says.MAXIMUM: "max"}
_BOUNDS = (Says.MINIMUM, Says.MAXIMUM)
_ENDS = {Says.FIRST: PickEnd.FIRST, Says.LAST: PickEnd.LAST}
_HEADS = (Says.COUNT, *_CALLS, *_ENDS, Says.DISTINCT)
_OPERATORS = {Says.TIMES: "*", Says.PLUS: "+", Says.MINUS: "-"}
_ELSEWHERE = 6  # weight of a box without an arrow to the model
Found = Iterator[tuple[Reading, int]]


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Parses aggregates over the inputs of one column."""

    scope: Scope
    said: Words

    def at(self, place: int) -> Found:
        """The aggregates that start here, over each box that they can read."""
        for says in _HEADS:
            if (begin := self.said.after(place, says)) is None:
                continue
            begin = self.said.skipped(begin, Says.OF, Says.FILLER, Says.ALL)
            for box, weight in self._boxes():
                yield from ((_far(one, box, weight), end) for one, end in self._over(box, says, begin))
        for box, weight in self._boxes():
            for found in (self._of_first(box, place), self._said_behind(box, place)):
                yield from ((_far(one, box, weight), end) for one, end in found)

    def rows(self, place: int) -> Found:
        """`visits where state = done`: rows without an aggregate word are counted."""
        for box in self.scope.many:
            for conditions, end in self._adjectives(box, place):
                for other, behind in self.scope.boxes_at(self.said, end):
                    if other is box and box.is_entity:
                        yield from self._counted(box, count_of(box), conditions, behind, 1)

    def filters(self) -> Iterator[tuple[Box, Qualifiers]]:
        """Texts that only have conditions on the rows of one box."""
        begins = self.said.after(0, Says.WHERE, Says.WITH, Says.WITHOUT) is not None
        for box, _ in self._boxes():
            found = self.qualifiers(0, box) if begins else self._conditions(0, box)
            for qualifiers, end in found:
                if end == len(self.said) and qualifiers.conditions and qualifiers.order is None:
                    yield box, qualifiers

    def _conditions(self, place: int, box: Box) -> Iterator[tuple[Qualifiers, int]]:
        """`state = done only`."""
        for condition, end in Conditions(self.scope, self.said, box).at(place):
            yield Qualifiers((condition,)), self.said.skipped(end, Says.WHERE)

    def _boxes(self) -> Iterator[tuple[Box, int]]:
        many = self.scope.many
        yield from ((box, 0) for box in many)
        known = {one.box.name for one in self.scope.question.inputs}
        others = (box for box in self.scope.named(self.said) if box.is_entity and box.name not in known)
        yield from ((box, _ELSEWHERE) for box in others)

    # -- one aggregate

    def _over(self, box: Box, says: Says, place: int) -> Found:
        if self.said.is_sign(place, "("):
            for reading, end in self._over(box, says, place + 1):
                if self.said.is_sign(end, ")"):
                    yield from self._with_more(reading, end + 1, box)
            return
        if place == len(self.said):
            yield from self._named(box, says)
            return
        for conditions, begin in self._adjectives(box, place):
            if says in (Says.COUNT, Says.DISTINCT):
                yield from self._counts(box, begin, conditions, distinct=says is Says.DISTINCT)
            elif says in _CALLS:
                yield from self._calls(box, says, begin, conditions)
            else:
                yield from self._ends(box, _ENDS[says], begin, conditions)

    def _said_behind(self, box: Box, place: int) -> Found:
        """`amount total`, `montant moyen`, `price times quantity, summed`, `canales distintos`."""
        for says in (Says.SUM, Says.AVERAGE):
            for text, end in self._bag(box, place, numbers=True, is_sum=says is Says.SUM):
                begin = end + 1 if place == 0 and self.said.is_sign(end, ",") else end  # the whole product is summed
                if (behind := self.said.after(begin, says)) is not None:
                    is_mean = says is Says.AVERAGE
                    yield from self._counted(box, f"{_CALLS[says]}({text})", (), behind, 1, each=is_mean)
        for column, end in self.columns(box, place):
            for says in (*_BOUNDS, Says.DISTINCT):
                if (behind := self.said.after(end, says)) is not None:
                    call = f"{_CALLS[says]}(" if says in _CALLS else "count(distinct "
                    is_bound = says in _BOUNDS
                    yield from self._counted(box, f"{call}{column.text})", (), behind, 1, each=is_bound)

    def _is_amount(self, column: Place) -> bool:
        is_id = column.column in (*column.box.key, *column.box.links)
        return not is_id and (column.kind is None or words.is_number(column.kind))

    def _with_more(self, reading: Reading, place: int, box: Box) -> Found:
        """`count(visits) where …`: conditions after the bracket."""
        yield reading, place
        if " filter " in reading.text or reading.pick:
            return
        for qualifiers, end in self.qualifiers(place, box):
            if qualifiers.conditions and qualifiers.order is None:
                text = _filtered(reading.text, qualifiers, Place(box, ""))
                yield Reading(text=text, weight=reading.weight, why=qualifiers.why, is_part=True), end

    def _adjectives(self, box: Box, place: int) -> Iterator[tuple[tuple[Condition, ...], int]]:
        """Nothing, or `paid` in `paid orders`, where the diagram lists that value."""
        yield (), place
        begin = self.said.skipped(place, Says.WHERE, Says.FILLER)
        for condition, end in Conditions(self.scope, self.said, box).known(begin):
            yield (condition,), end
        for name, end in self.scope.columns_at(self.said, begin, box):  # `insured orders`, of a flag `insured`
            if words.is_truth(box.columns[name]) and any(one is box for one, _ in self.scope.boxes_at(self.said, end)):
                yield (Condition(f"\0{ident(name)}"),), end

    def _counts(self, box: Box, place: int, conditions: tuple[Condition, ...], *, distinct: bool) -> Found:
        if (behind := self.said.after(place, Says.DISTINCT)) is not None:
            place, distinct = self.said.skipped(behind, Says.OF, Says.FILLER), True
        for text, end, weight in self._countable(box, place, distinct=distinct):
            yield from self._counted(box, text, conditions, self.said.skipped(end, Says.THERE), weight)
        if not distinct:
            for qualifiers, end in self.qualifiers(place, box):
                if qualifiers.conditions and qualifiers.order is None:
                    yield _aggregate(count_of(box), Place(box, ""), qualifiers), end

    def _countable(self, box: Box, place: int, *, distinct: bool) -> Iterator[tuple[str, int, int]]:
        """(counting expression, place after it, weight) of rows, ids and distinct values."""
        for other, end in self.scope.boxes_at(self.said, place):
            if other is box:
                yield count_of(box), end, 0
            elif (column := _key_of(other, box)) is not None:
                yield f"count(distinct {Place(box, column).text})", end, 1
        for place_, end in self.columns(box, place):
            column = place_.column
            if box.key == (column,):
                yield count_of(box), end, 0
            elif distinct or (behind := self.said.after(end, Says.DISTINCT)) is not None:
                yield f"count(distinct {place_.text})", end if distinct else behind or end, 0
        yield from ((f"count(distinct {column.text})", end, 1) for column, end in self._ids(box, place))

    def _ids(self, box: Box, place: int) -> Iterator[tuple[Place, int]]:
        """`user_id`, written as `users`."""
        for end in range(min(len(self.said), place + 3), place, -1):
            for column in box.columns.keys() - set(box.key):
                stem = folded(column).removesuffix("_id").removesuffix("_key")
                if stem != folded(column) and self.said.language.is_same(stem, self.said.name(place, end)):
                    yield Place(box, column), end

    def _counted(
        self, box: Box, text: str, conditions: tuple[Condition, ...], place: int, weight: int, *, each: bool = False
    ) -> Found:
        for qualifiers, end in self.qualifiers(place, box, each=each):
            both = Qualifiers((*conditions, *qualifiers.conditions))
            if qualifiers.order is None:  # `by channel` is another grain
                yield _aggregate(text, Place(box, ""), both).heavier(weight + 2 * len(conditions)), end

    def _named(self, box: Box, says: Says) -> Found:
        """`sum` alone: of the column that is named like the row. `count` alone: of the rows."""
        name = folded(words.counted(self.scope.question.name))
        column = self.scope.column(box, name, self.said.language)
        end = len(self.said)
        if says is Says.COUNT and box.is_entity and words.is_thing(name, box.name):
            yield Reading(text=count_of(box), is_part=True, is_aggregate=True), end
        elif says in _CALLS and column is not None and (says in _BOUNDS or self._is_amount(Place(box, column))):
            yield Reading(text=f"{_CALLS[says]}({Place(box, column).text})", is_part=True, is_aggregate=True), end

    def _calls(self, box: Box, says: Says, place: int, conditions: tuple[Condition, ...]) -> Found:
        if says is Says.SUM and words.is_whole(self.scope.question.kind):  # `sum of fines` may be of their amounts
            for other, end in self.scope.boxes_at(self.said, place):
                if other is box and box.is_entity:
                    yield from self._counted(box, count_of(box), conditions, end, 1)
        needs_number = says in (Says.SUM, Says.AVERAGE)
        found = [
            (text, end, None) for text, end in self._bag(box, place, numbers=needs_number, is_sum=says is Says.SUM)
        ]
        for text, end, why in found or (self._money(box, place) if needs_number else ()):
            for qualifiers, behind in self.qualifiers(end, box, each=says is not Says.SUM):
                both = Qualifiers((*conditions, *qualifiers.conditions))
                reading = _aggregate(f"{_CALLS[says]}({text})", Place(box, ""), both)
                if qualifiers.order is None:
                    yield replace(reading, why=reading.why or why).heavier(2 * len(conditions)), behind

    def _money(self, box: Box, place: int) -> Iterator[tuple[str, int, str | None]]:
        """`revenue` of a box whose only money column is `amount`."""
        name = self.said.name(place, place + 1)
        numbers = [c for c, kind in box.columns.items() if words.is_number(kind) and c not in (*box.key, *box.links)]
        money = [column for column in numbers if words.is_money(column)]
        if name in words.MONEY and len(money) == 1:
            yield Place(box, money[0]).text, place + 1, f"`{name}` is taken to be `{money[0]}`"

    def _bag(self, box: Box, place: int, *, numbers: bool, is_sum: bool) -> Iterator[tuple[str, int]]:
        """Columns of one box, and expressions of them: `quantity times price`. Only a sum accepts `a and b`."""
        for text, end in self._part(box, place, numbers=numbers):
            yield text, end
            for says, sign in _OPERATORS.items():
                begin = self.said.after(end, says)
                is_list = begin is not None and says is Says.PLUS and self.said.after(end, Says.AND) == begin
                if numbers and begin is not None and (is_sum or not is_list):
                    begin = self.said.skipped(begin, Says.FILLER)
                    for other, behind in self._bag(box, begin, numbers=True, is_sum=is_sum):
                        yield f"{text} {sign} {other}", behind

    def _part(self, box: Box, place: int, *, numbers: bool) -> Iterator[tuple[str, int]]:
        for column, end in self.columns(box, place):
            if not numbers or self._is_amount(column):
                yield column.text, end
        if place < len(self.said) and (plain := number(self.said.tokens[place], self.said.language)) is not None:
            yield plain, place + 1

    def columns(self, box: Box, place: int) -> Iterator[tuple[Place, int]]:
        """`amount`, `order amount`, `amount of the orders`, `orders.amount`."""
        said = self.said
        if place < len(said) and "." in said.tokens[place].text:
            found = self.scope.dotted(said.tokens[place].text, said.language)
            if found and found.box is box:
                yield found, place + 1
            return
        place = said.skipped(place, Says.FILLER, Says.ALL)
        for name, end in self.scope.columns_at(said, place, box):
            yield from self._of_box(Place(box, name), end)
            yield Place(box, name), end
        for column, end in self._ids(box, place):
            if column.column == self.scope.question.name:  # `customer of the order`, of a `customer_id`
                yield from self._of_box(column, end)
        for other, end in self.scope.boxes_at(said, place):
            if other is box:
                owns = said.is_sign(end, "'’") and said.name(end + 1, end + 2) == "s"
                named = self.scope.columns_at(said, end + 2 * owns, box)
                yield from ((Place(box, name), behind) for name, behind in named)

    def _of_box(self, column: Place, place: int) -> Iterator[tuple[Place, int]]:
        """`… of the orders` behind a column of them."""
        behind = self.said.after(place, Says.OF, Says.FROM, Says.WITHIN)
        if behind is not None:
            rows = self.scope.boxes_at(self.said, self.said.skipped(behind, Says.FILLER))
            yield from ((column, end) for other, end in rows if other is column.box)

    # -- the value of one row

    def _ends(self, box: Box, end: PickEnd, place: int, conditions: tuple[Condition, ...]) -> Found:
        """`latest status`, `first visit's club`, `date of the first visit`, `latest date of paid_at`."""
        for column, behind in self.columns(box, place):
            yield from self._picked(column, end, conditions, behind)
        if (time := self.said.after(place, Says.TIME)) and (begin := self.said.after(time, Says.OF)):
            for column, behind in self.columns(box, begin):
                if words.is_time(column.column, column.kind):
                    yield from self._picked(column, end, conditions, behind)
        for other, behind in self.scope.boxes_at(self.said, place):
            time = self.said.after(behind, Says.TIME)
            asked = self.scope.question
            if other is box and (time is not None or words.is_time(asked.name, asked.kind)):  # `latest order` of a date
                yield from self.of_time(box, end, conditions, behind if time is None else time)

    def _of_first(self, box: Box, place: int) -> Found:
        """`status of the latest appointment`."""
        said = self.said
        own = (box, *self.scope.parents(box))
        starts = [(column, end) for one in own for column, end in self.columns(one, place)]
        far = [one for one in self.scope.named(said) if not any(one is other for other in own)]
        starts += [
            (column, behind)
            for one in far
            for column, end in self.columns(one, place)
            for last, behind in self._led_to(one, end)
            if any(last is other for other in own[1:])
        ]
        time = said.after(place, Says.TIME)
        for column, middle in [*starts, *([(None, time)] if time else [])]:
            begin = said.after(middle, Says.OF, Says.FROM, Says.WITHIN)
            if begin is None:
                continue
            begin = said.skipped(begin, Says.FILLER)
            for says, end in _ENDS.items():
                if (behind := said.after(begin, says)) is None:
                    continue
                for conditions, noun in self._adjectives(box, behind):
                    for other, last in self.scope.boxes_at(said, noun):
                        if other is box and column is not None:
                            yield from self._picked(column, end, conditions, last, box)
                        elif other is box:
                            yield from self.of_time(box, end, conditions, last)

    def _led_to(self, box: Box, place: int) -> Iterator[tuple[Box, int]]:
        """Each box on the way, and the place behind it: `title of the book` `of the copy` `of the latest loan`."""
        of = self.said.after(place, Says.OF, Says.FROM)
        for other, end in self.scope.boxes_at(self.said, self.said.skipped(of, Says.FILLER)) if of is not None else ():
            if any(to == box.name for to, _ in other.parents.values()):
                yield other, end
                yield from self._led_to(other, end)

    def of_time(self, box: Box, end: PickEnd, conditions: tuple[Condition, ...], place: int) -> Found:
        for time in self.scope.times(box):
            yield from self._picked(Place(box, time), end, conditions, place)

    def _picked(
        self, column: Place, end: PickEnd, conditions: tuple[Condition, ...], place: int, rows: Box | None = None
    ) -> Found:
        """`rows`: the box whose first or last row is meant; the column is its own, or that of a row it refers to."""
        rows = rows or column.box
        for qualifiers, behind in self.qualifiers(place, rows):
            both = Qualifiers((*conditions, *qualifiers.conditions), qualifiers.order)
            if both.order is None and column.box is rows and words.is_time(column.column, column.kind):
                call = f"{'min' if end is PickEnd.FIRST else 'max'}({column.text})"
                yield _aggregate(call, column, both), behind
            elif (reading := self._pick(column, end, both, rows)) is not None:
                yield reading.heavier(int(column.box is not rows)), behind

    def _pick(self, column: Place, end: PickEnd, qualifiers: Qualifiers, box: Box) -> Reading | None:
        sql = self.scope.question.sql
        ranks = [name for name, kind in box.columns.items() if words.is_rank(name, kind)]
        orders = [qualifiers.order.column] if qualifiers.order else self.scope.times(box) or ranks
        if not orders or column == Place(box, orders[0]):
            return None
        why = qualifiers.why
        if qualifiers.order is None:
            why = f"the {end} row is the {end} by `{orders[0]}`"
        where = qualifiers.joined(qualified=None)
        if any("\0" not in one.text or "." in one.text for one in qualifiers.conditions):
            return None  # over columns of another box, which `where:` of a pick cannot read
        order = ident(orders[0]) if column.box is box else Place(box, orders[0]).text
        pick = Pick(end=end, value=sql(column.text), where=sql(where) if where else None, order=(sql(order),))
        return Reading(pick=pick, why=why)

    # -- text after it

    def qualifiers(
        self, place: int, box: Box, so_far: Qualifiers = NO_QUALIFIERS, *, each: bool = False
    ) -> Iterator[tuple[Qualifiers, int]]:
        """Conditions, `per customer`, `by date`, in any order, after `so_far`.

        `each`: `per order` has no meaning for a value that each order has, such as in an average.
        """
        said = self.said
        comma = place + 1 if said.is_sign(place, ",;") else place
        opened = said.is_sign(comma, "(")
        start = comma + 1 if opened else comma
        for more, behind in self._qualifier(start, box, so_far, bare=opened or comma > place):
            end = said.skipped(behind, Says.WHERE) if opened else behind  # `(paid only)`
            if not opened or said.is_sign(end, ")"):
                yield from self.qualifiers(end + opened, box, more, each=each)
        if each and (per := said.after(start, Says.PER)) is not None:
            for other, end in self.scope.boxes_at(said, said.skipped(per, Says.FILLER)):
                if other is box or _has_row_of(box, other):
                    yield from self.qualifiers(end, box, so_far)
        yield so_far, place

    def _qualifier(self, place: int, box: Box, so_far: Qualifiers, *, bare: bool) -> Iterator[tuple[Qualifiers, int]]:
        said = self.said
        where = said.after(place, Says.WHERE, Says.WITH)
        if where is not None and where == len(said) and so_far.conditions:
            yield so_far, where  # `… only`
        for one, end in self._conditioned(place, box, where, bare=bare):
            if any(is_unlike_sql(other.text, "and", one.text) for other in so_far.conditions):
                continue  # `where paid, open`
            yield Qualifiers((*so_far.conditions, one), so_far.order), end
        if (per := said.after(place, Says.PER)) is not None:
            yield from ((so_far, end) for end in self._grain(per))
        if (by := said.after(place, Says.BY)) is not None and so_far.order is None:
            ordered = ((column, end) for column, end in self.columns(box, by) if _is_order(column))
            yield from ((Qualifiers(so_far.conditions, column), end) for column, end in ordered)
        if (of := said.after(place, Says.OF, Says.FROM, Says.WITHIN)) is not None:
            for more, noun in self._adjectives(box, said.skipped(of, Says.FILLER, Says.ALL)):
                both = Qualifiers((*so_far.conditions, *more), so_far.order)
                yield from ((both, end) for other, end in self.scope.boxes_at(said, noun) if other is box)

    def _conditioned(self, place: int, box: Box, where: int | None, *, bare: bool) -> Iterator[tuple[Condition, int]]:
        """Conditions after `where`, `without` or `in`, in brackets, or as an adjective after its noun."""
        conditions = Conditions(self.scope, self.said, box)
        if where is None and not bare:
            yield from conditions.known(place)  # `pedidos pagados`
        else:
            yield from conditions.at(place if where is None else where)
        if (without := self.said.after(place, Says.WITHOUT)) is not None:
            yield from conditions.excluded(without)
        if (within := self.said.after(place, Says.WITHIN)) is not None:
            yield from conditions.on_column(within)  # `in status paid`

    def _grain(self, place: int) -> Iterator[int]:
        """Places after the model's own grain: `customer and day`."""
        place = self.said.skipped(place, Says.FILLER)
        for end in self._grain_part(place):
            more = self.said.after(end, Says.AND)
            if more is not None:
                yield from self._grain(more)
            yield end

    def _grain_part(self, place: int) -> Iterator[int]:
        grain = self.scope.question.grain
        for end in range(min(len(self.said), place + 4), place, -1):
            name = self.said.name(place, end)
            names = [folded(column) for column in grain]
            bare = [one.removesuffix("_id").removesuffix("_key") for one in names]
            if any(self.said.language.is_same(name, one) for one in (*names, *bare)):
                yield end
        for box, end in self.scope.boxes_at(self.said, place):
            if box.key and set(box.key) <= set(grain):
                yield end
        kinds = self.scope.question.siblings
        time = self.said.after(place, Says.TIME)
        if time is not None and any(words.is_time(column, kinds.get(column)) for column in grain):
            yield time


def _is_order(column: Place) -> bool:
    """Whether such a column orders rows, rather than grouping them."""
    is_id = column.column in column.box.links
    return words.is_time(column.column, column.kind) or (words.is_number(column.kind) and not is_id)


def _far(reading: Reading, box: Box, weight: int) -> Reading:
    """A reading over an entity without an arrow to the model. The assumption is noted."""
    why = f"no arrow leads from `{box.name}`" if weight == _ELSEWHERE else None
    return replace(reading, weight=reading.weight + weight, why=reading.why or why)


def _aggregate(call: str, place: Place, qualifiers: Qualifiers) -> Reading:
    far = sum(condition.is_far for condition in qualifiers.conditions)
    text = _filtered(call, qualifiers, place)
    return Reading(text=text, why=qualifiers.why, weight=far, is_part=True, is_aggregate=True)


def _filtered(call: str, qualifiers: Qualifiers, place: Place) -> str:
    where = qualifiers.joined(qualified=place)
    return f"{call} filter (where {where})" if where else call


def _has_row_of(box: Box, entity: Box) -> bool:
    """Whether a box has at most one row for each row of an entity: its key is that of the entity."""
    return len(box.key) == 1 and box.parents.get(box.key[0]) == (entity.name, *entity.key)


def _key_of(entity: Box, box: Box) -> str | None:
    """The column of a box that has the key of an entity; None without one."""
    found = [column for column, (to, _) in box.parents.items() if to == entity.name]
    same = [name for name in entity.key if len(entity.key) == 1 and name in box.columns and box.key != (name,)]
    return (found or same)[0] if len(found) == 1 or (same and not found) else None
