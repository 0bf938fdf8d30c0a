"""`status = done and minutes > 60`: conditions in words, as SQL over the columns of one box."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from erd2dbt.datatypes.postgres import canonical, family
from erd2dbt.escape.sql import ident, literal
from erd2dbt.infer import words
from erd2dbt.infer.drawn_models import Box
from erd2dbt.infer.wording.language import LONGEST, Says, folded
from erd2dbt.infer.wording.languages import phrases
from erd2dbt.infer.wording.scope import Place, Scope
from erd2dbt.infer.wording.tokens import Words, number, string

_SIGNS = {
    Says.AT_LEAST: ">=",
    Says.AT_MOST: "<=",
    Says.ABOVE: ">",
    Says.BELOW: "<",
    Says.DIFFERS: "<>",
    Says.IS: "=",
}
FLAG = re.compile(r"^(?:is|has|was|are|ist|hat|war|wurde|es|esta|tiene|fue|est|a|tem|foi|e)_(?=.)")
_COMPARING = phrases(
    *_SIGNS, Says.AND, Says.OR, Says.NOT, Says.WHERE, Says.WITH, Says.WITHOUT, Says.PRESENT, Says.MISSING,
    Says.BETWEEN, Says.WITHIN,
)  # fmt: skip
_KNOWN = phrases(*Says)
_ENDS = (Says.AND, Says.OR, Says.PER, Says.OVER, Says.WHERE, Says.WITH, Says.WITHOUT, Says.PLUS, Says.MINUS, Says.TIMES)


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL over the columns of one box, with a NUL character before each of them. Columns of other boxes are qualified.

    `why`: the assumptions.
    """

    text: str
    why: str | None = None

    @property
    def is_far(self) -> bool:
        """Whether it is a condition on a box that the rows refer to."""
        return "\0" not in self.text

    @property
    def is_open_list(self) -> bool:
        """Whether it has an `or` outside of brackets and strings."""
        text = re.sub(r"'(?:[^']|'')*'", "", self.text)
        while (bare := re.sub(r"\([^()]*\)", "", text)) != text:
            text = bare
        return " or " in text

    def of(self, box: Box | None) -> str:
        """The condition with the box before each column, or with unqualified columns."""
        return self.text.replace("\0", f"{box.name}." if box else "")

    @property
    def opposite(self) -> Condition:
        """The negated condition. Rows for which it is unknown pass it."""
        equal = _EQUAL.fullmatch(self.text)
        text = f"{equal[1]} is distinct from {equal[2]}" if equal else f"({self.text}) is not true"
        return Condition(text, self.why)

    def joined(self, word: str, other: Condition) -> Condition:
        """Both conditions with `and` or `or` between them."""
        return Condition(f"{self.text} {word} {other.text}", self.why or other.why)


_NULL = "null"
_EQUAL = re.compile(r"(\S+) = ('(?:[^']|'')*'|[\w.-]+)")
_ATOM = re.compile(r"(\S+) (=|<>|is distinct from) '(?:[^']|'')*'")


def is_unlike_sql(so_far: str, word: str, other: str) -> bool:
    """Whether two values of one column are joined by a word that SQL reads otherwise: no row is `paid and open`, and
    almost every row is `not paid or open`."""
    fits = {"="} if word == "or" else {"<>", "is distinct from"}
    signs = [dict(_ATOM.findall(text)) for text in (so_far, other)]
    return any(not {one[column] for one in signs} <= fits for column in signs[0].keys() & signs[1].keys())


@dataclass(frozen=True, slots=True)
class Conditions:
    """Parses conditions on one box."""

    scope: Scope
    said: Words
    box: Box

    def at(self, place: int) -> Iterator[tuple[Condition, int]]:
        """Every condition that starts here, longest first: `a and b or c`."""
        for first, end in self._one(place):
            yield from self._more(first, end)

    def _more(self, so_far: Condition, place: int) -> Iterator[tuple[Condition, int]]:
        for says, word in ((Says.AND, "and"), (Says.OR, "or")):
            begin = self.said.after(place, says)
            if begin is None:
                continue
            begin = self.said.skipped(begin, Says.WHERE, Says.WITH, Says.FILLER)
            for other, end in self._one(begin):
                if says is Says.AND and so_far.is_open_list:
                    continue  # `a or b and c` is ambiguous: people mean either
                if is_unlike_sql(so_far.text, word, other.text):
                    continue
                yield from self._more(so_far.joined(word, other), end)
        without = self.said.after(place, Says.WITHOUT)
        if without is not None and not so_far.is_open_list:  # `paid but not gifts`
            for other, end in self.excluded(without):
                if not is_unlike_sql(so_far.text, "and", other.text):
                    yield so_far.joined("and", other), end
        yield so_far, place

    def excluded(self, place: int) -> Iterator[tuple[Condition, int]]:
        """Rows of none of the conditions in a list: `gifts and cancelled` after `without`. `cancelled gifts` is
        ambiguous."""
        for one, end in self._one(place):
            if next(self.known(end), None) is not None:
                continue
            yield from self._none_of(one.opposite, end, is_known=any(end == behind for _, behind in self.known(place)))

    def _none_of(self, so_far: Condition, place: int, *, is_known: bool) -> Iterator[tuple[Condition, int]]:
        """A negated list, to its end. `a and total > 5` is ambiguous, and nothing of it is used."""
        begin = self.said.after(place, Says.AND, Says.OR)
        if begin is None:
            yield so_far, place
            return
        begin = self.said.skipped(begin, Says.FILLER, Says.WITHOUT)
        if self.said.after(begin, Says.WHERE, Says.WITH, Says.NOT) is not None:  # `without gifts and only paid`
            begin = self.said.skipped(begin, Says.WHERE, Says.WITH)
            every = self.at(begin) if self.said.after(place, Says.AND) else ()
            yield from ((so_far.joined("and", one), end) for one, end in every if not one.is_open_list)
            return
        found = list(self._one(begin))
        if not found:
            yield so_far, place
        is_or = self.said.after(place, Says.OR) is not None
        others = found if is_or else list(self.known(begin)) if is_known else []
        for other, end in others:
            if self.said.after(end, Says.WHERE, Says.WITH) != len(self.said):  # `without gifts, paid only`
                yield from self._none_of(so_far.joined("and", other.opposite), end, is_known=is_known)

    def _one(self, place: int) -> Iterator[tuple[Condition, int]]:
        if self.said.is_sign(place, "("):
            for inner, end in self.at(place + 1):
                if self.said.is_sign(end, ")"):
                    yield Condition(f"({inner.text})" if inner.is_open_list else inner.text, inner.why), end + 1
            return
        place = self.said.skipped(place, Says.FILLER)
        if (behind := self.said.after(place, Says.NOT)) is not None:
            for column, end in self._columns(behind):
                if words.is_truth(column.kind) and not self._is_listed(end):
                    yield Condition(f"not {self._name(column)}"), end
            negated = ((one.opposite, end) for one, end in self.known(behind))
            yield from ((one, end) for one, end in negated if not self._is_listed(end))
        yield from self.on_column(place)
        yield from self.known(place)

    def _is_listed(self, place: int, column: Place | None = None) -> bool:
        """Whether a list goes on with a bare value here. Whether a negation holds for the rest of it is ambiguous:
        `not paid or open`."""
        more = self.said.after(place, Says.AND, Says.OR)
        if more is None:
            return False
        more = self.said.skipped(more, Says.FILLER)
        is_value = column is not None and self._is_value(column, more)
        return is_value or next(iter(self.known(more)), None) is not None

    def on_column(self, place: int) -> Iterator[tuple[Condition, int]]:
        """A condition with the name of its column."""
        for column, end in self._columns(place):
            yield from self._compared(column, end)

    def _columns(self, place: int) -> Iterator[tuple[Place, int]]:
        """Columns of the box: `status`, `order status`, `orders.status`."""
        if place < len(self.said) and "." in self.said.tokens[place].text:
            found = self.scope.dotted(self.said.tokens[place].text, self.said.language)
            if found and found.box is self.box:
                yield found, place + 1
        starts = [place, *(end for box, end in self.scope.boxes_at(self.said, place) if box is self.box)]
        for start in starts:
            for name, end in self.scope.columns_at(self.said, start, self.box):
                yield Place(self.box, name), end
        for parent in self.scope.parents(self.box):
            starts = [place, *(end for box, end in self.scope.boxes_at(self.said, place) if box is parent)]
            for start in starts:
                for name, end in self.scope.columns_at(self.said, start, parent):
                    if name not in self.box.columns:
                        yield Place(parent, name), end

    def _compared(self, column: Place, place: int) -> Iterator[tuple[Condition, int]]:
        """Conditions on a column that start behind its name, also with the verb behind them: `leer ist`."""
        for condition, end in self._comparisons(column, place):
            yield condition, end
            if self.said.language.is_verb_last and (verb := self.said.after(end, Says.IS)) is not None:
                yield condition, verb

    def _comparisons(self, column: Place, place: int) -> Iterator[tuple[Condition, int]]:
        yield from self._listed(column, place)
        says, begin = self._operator(place)
        if says in (Says.PRESENT, Says.MISSING) and begin is not None:
            if self._is_listed_word(column, begin) or (says is Says.PRESENT and self._is_value_next(column, begin)):
                return
            yield Condition(f"{self._name(column)} is {'not ' * (says is Says.PRESENT)}null"), begin
        elif says is Says.BETWEEN and begin is not None and self._has_order(column, begin):
            yield from self._between(column, begin)
        elif says is not None and says is not Says.BETWEEN and begin is not None:
            begin = self.said.skipped(begin, Says.FILLER)
            if says in (Says.IS, Says.DIFFERS) and self.said.name(begin, begin + 1) == "null":
                yield Condition(f"{self._name(column)} is {'not ' * (says is Says.DIFFERS)}null"), begin + 1
                return
            yield from self._signed(column, says, begin)
        elif words.is_truth(column.kind) and self._is_end(place):
            yield Condition(self._name(column)), place
        elif self._kind(column) == "text" and says is None and self.said.after(place, Says.WITHIN) is None:
            for value, end in self._values(column, place):
                yield Condition(f"{self._name(column)} = {value}"), end

    def _is_listed_word(self, column: Place, place: int) -> bool:
        """Whether the word before this place is a value that the diagram lists: `full | empty`."""
        word = self.said.name(place - 1, place)
        return any(folded(value) == word for value in column.box.values.get(column.column, ()))

    def _is_value_next(self, column: Place, place: int) -> bool:
        """Whether a list goes on here, so that the negation before it is ambiguous: `not empty or web`."""
        more = self.said.after(place, Says.OR)
        return more is not None and self._is_value(column, self.said.skipped(more, Says.IS))

    def _signed(self, column: Place, says: Says, place: int) -> Iterator[tuple[Condition, int]]:
        """The column, a sign and a value: `status <> 'paid'`."""
        if says not in (Says.IS, Says.DIFFERS) and not self._has_order(column, place):
            return
        for value, end in self._values(column, place):
            if says is not Says.DIFFERS or not self._is_listed(end, column):
                of_day = self._of_day(column, says, place)
                yield Condition(of_day or f"{self._name(column)} {_SIGNS[says]} {value}"), end

    def _operator(self, place: int) -> tuple[Says | None, int | None]:
        """The longest operator phrase, and the place after it. In `is above`, the verb has no meaning."""
        found: dict[Says, int] = {}
        for says in (Says.PRESENT, Says.MISSING, Says.BETWEEN, *_SIGNS):
            if (end := self.said.after(place, says)) is not None:
                found[says] = end
        if not found:
            return None, None
        says = max(found, key=lambda one: found[one])
        if says is Says.IS and self.said.tokens[place].kind == "word":
            other, end = self._operator(found[says])
            if other is not None:
                return other, end
        return says, found[says]

    def _has_order(self, column: Place, place: int) -> bool:
        """Whether `>` has the intended meaning: it compares numbers that are stored as text differently."""
        if self._kind(column) == "text":
            return False  # `status under review`
        is_other = self._kind(column) == "other"
        return not (is_other and place < len(self.said) and self.said.tokens[place].kind in ("number", "date"))

    def _between(self, column: Place, place: int) -> Iterator[tuple[Condition, int]]:
        for low, middle in self._values(column, place):
            if (second := self.said.after(middle, Says.AND, Says.AT_MOST, Says.WITHIN)) is not None:
                for high, end in self._values(column, second):
                    until = self._of_day(column, Says.AT_MOST, second)
                    name = self._name(column)
                    yield (
                        Condition(f"{name} >= {low} and {until}" if until else f"{name} between {low} and {high}"),
                        end,
                    )

    def _listed(self, column: Place, place: int) -> Iterator[tuple[Condition, int]]:
        """`in (a, b)`, `= a or b`, `not in (a, b)`, `is empty or a`."""
        said, verb = self.said, self.said.after(place, Says.IS)
        negated = said.after(verb or place, Says.NOT) or said.after(place, Says.DIFFERS)
        is_empty = said.after(place, Says.MISSING) is not None
        begin = said.after(negated or verb or place, Says.WITHIN) or verb or (place if is_empty else None)
        if begin is None:
            return
        opened = said.is_sign(begin, "([{")
        values, place = [], begin + int(opened)
        while True:
            found = next(self._elements(column, place), None)
            if found is None:
                return
            values.append(found[0])
            place = found[1]
            comma = place + 1 if said.is_sign(place, ",/|") else None
            joint = comma or said.after(place, Says.OR)
            more = None if joint is None else said.skipped(joint, Says.IS)
            if more is None or (not opened and not self._is_element(column, more)):
                break
            place = more
        if opened and not said.is_sign(place, ")]}"):
            return
        if opened or len(values) > 1:
            is_of_days = any(self._next_day(column, one) is not None for one in range(begin, place))
            yield self._of_list(column, values, is_of_days, negated=negated is not None), place + int(opened)

    def _of_list(self, column: Place, values: list[str], is_of_days: bool, *, negated: bool) -> Condition:
        """The condition of a list. SQL's `in` never finds NULL."""
        name = self._name(column)
        own = [value for value in values if value != _NULL]
        found = [f"{name} is {'not ' * negated}null"] if len(own) < len(values) else []
        if own:
            word, sign = ("not in", "<>") if negated else ("in", "=")
            is_one = len(own) == 1 and found
            end = f"{sign} {own[0]}" if is_one else f"{word} ({', '.join(own)})"
            found.append(f"{name}{'::date' * is_of_days} {end}")
        text = f" {'and' if negated else 'or'} ".join(found)
        return Condition(f"({text})" if len(found) > 1 and not negated else text)

    def _elements(self, column: Place, place: int) -> Iterator[tuple[str, int]]:
        """A value of a list; `null` for a word that says that there is none."""
        yield from self._values(column, place)
        if (end := self.said.after(place, Says.MISSING)) is not None:
            yield _NULL, end

    def _is_element(self, column: Place, place: int) -> bool:
        """Whether a list goes on here, and not another condition."""
        missing = self.said.after(place, Says.MISSING)
        is_missing = missing is not None and self._is_end(missing)
        return self._is_value(column, place) or is_missing

    def _is_value(self, column: Place, place: int) -> bool:
        """Whether a value is here, and not another condition, nor the listed value of another column."""
        named = any(not self._is_end(end) for _, end in self._columns(place))
        others = (one.text.partition(" ")[0] != self._name(column) for one, _ in self.known(place))
        return not named and not any(others) and next(iter(self._values(column, place)), None) is not None

    def known(self, place: int) -> Iterator[tuple[Condition, int]]:
        """A word that is a value of one column, or the name of a flag: `paid`, `gift` of `is_gift`."""
        for condition, end in self._telling(place):
            yield condition, end
            owners = (self.box, *(box for box in self.scope.parents(self.box) if f"{box.name}." in condition.text))
            rows = self.scope.boxes_at(self.said, end)
            yield from ((condition, behind) for box, behind in rows if any(box is owner for owner in owners))

    def _telling(self, place: int) -> Iterator[tuple[Condition, int]]:
        for end in range(min(len(self.said), place + 3), place, -1):
            name = self.said.name(place, end)
            found = self._valued(name, (self.box,)) or self._valued(name, self.scope.parents(self.box))
            if len(found) == 1:
                place_, value = found[0]
                shown = place_.column if place_.box is self.box else place_.text
                yield Condition(f"{self._name(place_)} = {literal(value)}", f"`{value}` is a value of `{shown}`"), end
            for column, kind in self.box.columns.items():
                bare = FLAG.sub("", folded(column))
                if not words.is_truth(kind):
                    continue
                flag = self._name(Place(self.box, column))
                if bare != folded(column) and self.said.language.is_same(bare, name):
                    yield Condition(flag), end
                elif self._is_negated(name, bare):
                    yield Condition(flag, f"`{name}` is the opposite of `{bare}`").opposite, end

    def _is_negated(self, name: str, flag: str) -> bool:
        """Whether a word is that of a flag with a prefix that negates it: `unpaid` of `is_paid`."""
        language = self.said.language
        return any(name.startswith(no) and language.is_same(flag, name[len(no) :]) for no in language.negating)

    def _valued(self, name: str, boxes: Iterable[Box]) -> list[tuple[Place, str]]:
        """The columns of these boxes that list a value of this folded name, with the value."""
        return [
            (Place(box, column), value)
            for box in boxes
            for column, values in box.values.items()
            for value in values
            if self.said.language.is_same(folded(value), name)
        ]

    def _values(self, column: Place, place: int) -> Iterator[tuple[str, int]]:
        """A possible constant of the column, or another column of the box."""
        if place >= len(self.said):
            return
        token, kind = self.said.tokens[place], self._kind(column)
        if (quoted := string(token)) is not None:
            yield from self._text(column, quoted, place + 1)
        elif other := list(self._others(kind, place)):
            yield from other
        elif kind in ("integer", "numeric", "float"):
            yield from self._number(place)
        elif token.kind == "date" and kind in ("date", "timestamp"):
            yield f"'{token.text}'", place + 1
        elif kind == "boolean":
            found = ((says, self.said.after(place, says)) for says in (Says.TRUE, Says.FALSE))
            yield from ((says.name.lower(), end) for says, end in found if end is not None)
        elif kind in ("text", "other") and token.kind in ("word", "number"):
            yield from self._bare_text(column, place)

    def _others(self, kind: str, place: int) -> Iterator[tuple[str, int]]:
        """Another column, where a text constant of that spelling is impossible."""
        for name, end in self.scope.columns_at(self.said, place, self.box):
            same = self._kind(Place(self.box, name)) == kind and kind != "text"
            if same and self._is_end(end):
                yield self._name(Place(self.box, name)), end

    def _number(self, place: int) -> Iterator[tuple[str, int]]:
        negative = self.said.is_sign(place, "-−") and place + 1 < len(self.said)
        plain = number(self.said.tokens[place + negative], self.said.language)
        is_part = self.said.after(place + 1 + negative, Says.PERCENT) is not None  # of which whole, nobody says
        if plain is not None and not is_part and self._is_end(place + 1 + negative):
            yield ("-" if negative else "") + plain, place + 1 + negative

    def _bare_text(self, column: Place, place: int) -> Iterator[tuple[str, int]]:
        """Unquoted words, up to a word that cannot be part of the value. If the diagram does not list it, one word is
        no value if it compares in any language, such as `leer`. Several words are none if one of them is known or a
        number, such as `only web`, or if no sign or verb is before them, as in `contains web`."""
        end, said = place + 1, self.said
        while end < len(said) and said.tokens[end].kind in ("word", "number") and not self._is_end(end):
            end += 1
        is_rows = any(box is self.box and behind == end for box, behind in self.scope.boxes_at(said, place))
        known = _COMPARING if end == place + 1 else _KNOWN
        has_known = any(said.has_phrase(word, known) for word in range(place, end)) or any(
            token.kind == "number" for token in said.tokens[place + 1 : end]
        )
        is_bare = end > place + 1 and not self._is_compared(place)
        if column.box.values.get(column.column) or not (is_rows or has_known or is_bare):
            yield from self._text(column, said.slice(place, end), end)

    def _is_compared(self, place: int) -> bool:
        """Whether a sign, a verb or a separator of a list ends right before this place."""
        befores = range(max(0, place - LONGEST), place)
        ends = (self.said.after(before, *_SIGNS, Says.WITHIN, Says.OR, Says.AND) for before in befores)
        return place in ends or (place > 0 and self.said.is_sign(place - 1, ",/|(["))

    def _text(self, column: Place, text: str, end: int) -> Iterator[tuple[str, int]]:
        """A text in the spelling of the column's values; none where the diagram lists values without it."""
        values = column.box.values.get(column.column, ())
        known = [value for value in values if folded(value) == folded(text)]
        if not values or known:
            yield literal(known[0] if known else text), end

    def _kind(self, column: Place) -> str:
        return family(canonical(column.kind or "text") or "text")

    def _is_end(self, place: int) -> bool:
        """Whether a value can end here."""
        if place >= len(self.said) or self.said.tokens[place].kind == "sign":
            return True
        verb = self.said.after(place, Says.IS) if self.said.language.is_verb_last else None
        return self.said.after(place, *_ENDS) is not None or (verb is not None and self._is_end(verb))

    def _of_day(self, column: Place, says: Says, place: int) -> str | None:
        """A timestamp compared with all of a day: `until 2024-06-30` is before the next day. None for other values."""
        name, following = self._name(column), self._next_day(column, place)
        if following is None or says in (Says.BELOW, Says.AT_LEAST):
            return None
        if says in (Says.ABOVE, Says.AT_MOST):
            return f"{name} {'>=' if says is Says.ABOVE else '<'} '{following}'"
        if says is Says.IS:
            return f"{name} >= '{self.said.tokens[place].text}' and {name} < '{following}'"
        return f"{name}::date {_SIGNS[says]} '{self.said.tokens[place].text}'"

    def _next_day(self, column: Place, place: int) -> date | None:
        """The day after the one that is here, beside a timestamp; None without one, and for the last of all days."""
        if self._kind(column) != "timestamp" or place >= len(self.said) or self.said.tokens[place].kind != "date":
            return None
        try:
            return date.fromisoformat(self.said.tokens[place].text) + timedelta(days=1)
        except (ValueError, OverflowError):
            return None

    def _name(self, column: Place) -> str:
        return f"\0{ident(column.column)}" if column.box is self.box else column.text
