"""Captions of lineage arrows: `where status = paid`, `on buyer_id = user_id`. They filter or join the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from erd2dbt.diagram.erd import TODO, Expression, Formula, Pick, Word
from erd2dbt.diagram.todos import parts
from erd2dbt.faults.diagnostics import Span
from erd2dbt.infer.drawn_models import Box, Certainty, Derivation, DrawnModel, followed_by
from erd2dbt.infer.rules import ColumnQuestion, Input
from erd2dbt.infer.vocabulary import word_list
from erd2dbt.infer.wording import tokens
from erd2dbt.infer.wording.aggregates import Aggregates
from erd2dbt.infer.wording.conditions import Conditions
from erd2dbt.infer.wording.derivation import released, restricted
from erd2dbt.infer.wording.language import Says, folded
from erd2dbt.infer.wording.languages import LANGUAGES
from erd2dbt.infer.wording.purposes import Purposes
from erd2dbt.infer.wording.readings import Qualifiers
from erd2dbt.infer.wording.scope import Place, Scope
from erd2dbt.sql.row_filters import is_of_one_row

_JOIN = re.compile(r"(?:left )?(?:join(?:ed|s)? )?(?:on|by|via|using) +(?P<pairs>.+)", re.IGNORECASE)
_PAIR = re.compile(r"(?:\w+\.)?(\w+)\s*(?:=\s*(?:\w+\.)?(\w+))?")
_COLUMN = re.compile(r"'(?:[^']|'')*'|(\w+\.\w+)")
Pairs = tuple[tuple[str, str], ...]  # (grain column, column of the input)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """A caption: its row filter and join columns. `lost`: not all of its words were understood. `picks`: it names one
    row of each group, such as `first touch`, and only columns can do that. `noted`: it changes nothing, and people may
    want to know that."""

    one: Input
    rows: Qualifiers | None = None
    pairs: Pairs = ()
    lost: bool = False
    picks: bool = False
    noted: bool = False

    @property
    def words(self) -> str:
        """The caption as written."""
        return self.one.flow.label

    @property
    def is_open(self) -> bool:
        """Whether only people know which rows it means."""
        return self.lost or self.picks


def captions(drawn: DrawnModel, inputs: tuple[Input, ...], boxes: Mapping[str, Box]) -> tuple[Caption, ...]:
    """The captions that say more than the purpose of an arrow."""
    read = (_caption(drawn, one, inputs, boxes) for one in inputs if one.flow.label)
    return tuple(caption for caption in read if caption is not None)


def _caption(drawn: DrawnModel, one: Input, inputs: tuple[Input, ...], boxes: Mapping[str, Box]) -> Caption | None:
    join = _JOIN.fullmatch(one.flow.label.strip())
    pairs = tuple(_pairs(drawn.box, one.box, join["pairs"])) if join else ()
    if pairs:
        return Caption(one=one, pairs=pairs)
    if join and _is_key(one.box, join["pairs"]):
        return None
    if join and "join" in one.flow.label.lower():
        return Caption(one=one, lost=True)  # `joined on buyer_id and shop`, where the grain has no shop
    question = ColumnQuestion(
        name="", kind=None, grain=drawn.box.key, siblings={}, inputs=inputs, span=drawn.span, boxes=boxes
    )
    read = [Purposes(tokens.read(one.flow.label, language), one.box, drawn.box, inputs) for language in LANGUAGES]
    purposes = [picks for words in read if (picks := words.picks(0, len(words.said))) is not None]
    found = next((some for words in read if (some := _conditions(Scope(question), words))), [])
    if found and (found[0].is_whole or not purposes):
        texts = (condition.rows.joined(qualified=Place(one.box, "")) for condition in found)
        if len({frozenset(_COLUMN.findall(text)) for text in texts}) > 1:
            return Caption(one=one, lost=True)  # conditions on different columns: only people know which
        return Caption(one=one, rows=found[0].rows, picks=found[0].picks)
    if not purposes:
        return Caption(one=one, lost=True)
    if all(purposes):
        return Caption(one=one, picks=True)
    if any(words.is_of_other_grain for words in read if words.picks(0, len(words.said)) is not None):
        return Caption(one=one, lost=True)  # `per month` on one row per customer
    noted = [words for words in read if words.picks(0, len(words.said)) is not None and words.is_only_acknowledged]
    return Caption(one=one, noted=True) if noted else None


def _is_key(box: Box, text: str) -> bool:
    """Whether `id`, `key` and such stand for the key of one of both ends, over which the tool joins anyway."""
    return folded(text) in word_list("key") and folded(text) not in map(folded, box.columns)


def _pairs(model: Box, box: Box, text: str) -> Iterator[tuple[str, str]]:
    """Each pair of a grain column with a column of the input; none where one of them is neither."""
    found = []
    for part in re.split(r",|\band\b|&", text):
        match = _PAIR.fullmatch(part.strip())
        found_names = [name for name in (match[1], match[2]) if name] if match else []
        names = [box.written.get(name, model.written.get(name, name)) for name in found_names]
        grain = [name for name in names if name in model.key]
        own = [name for name in names if name in box.columns and (len(names) == 1 or name not in grain)] or [
            name for name in names if name in box.columns
        ]
        if not own or (not grain and own[0] not in model.columns):
            return
        found.append((grain[0] if grain else own[0], own[0]))
    yield from found


class _Condition(NamedTuple):
    """Conditions in a caption. `is_whole`: it has no other words. `picks`: these name one row of each group."""

    rows: Qualifiers
    is_whole: bool
    picks: bool


def _conditions(scope: Scope, purposes: Purposes) -> list[_Condition]:
    """The longest conditions, where all words before and behind them are known as a purpose; several if they have
    several meanings."""
    said = purposes.said
    for start in range(len(said)):
        before = purposes.picks(0, start)
        found: dict[int, list[_Condition]] = {}
        for rows, end in _rows(scope, said, start, purposes.source) if before is not None else ():
            if (after := purposes.picks(end, len(said))) is not None:
                is_whole = start == 0 and end == len(said)
                found.setdefault(end, []).append(_Condition(rows, is_whole, bool(before or after)))
        if found:
            return found[max(found)]
    return []


def _rows(scope: Scope, said: tokens.Words, start: int, box: Box) -> Iterator[tuple[Qualifiers, int]]:
    """Conditions that start here, with the place behind them: `only paid`, `paid orders`, `paid only`."""
    if said.after(start, Says.WHERE, Says.WITH, Says.WITHOUT) is not None:
        yield from ((rows, end) for rows, end in Aggregates(scope, said).qualifiers(start, box) if rows.conditions)
    for condition, end in Conditions(scope, said, box).at(start):
        behind = said.skipped(end, Says.WHERE)
        yield Qualifiers((condition,)), behind
        for other, last in scope.boxes_at(said, behind):
            if other is box:
                yield Qualifiers((condition,)), said.skipped(last, Says.WHERE)


# -- effects


def settled(found: Iterable[Caption], derivations: Iterable[Derivation]) -> tuple[Caption, ...]:
    """The captions without words such as `first touch`, where each column over the arrow picks one row anyway."""
    every = tuple(derivations)
    return tuple(
        replace(one, picks=False) if all(_is_of_one_row(d) for d in every if _is_over(d, one.one.box)) else one
        for one in found
    )


def _is_of_one_row(derivation: Derivation) -> bool:
    """Whether no aggregate of the column is over several rows: each is a pick, a minimum or a maximum."""
    return all(is_of_one_row(part.text) for part in parts(derivation.formula))


def for_rules(one: Input, found: Iterable[Caption]) -> Input:
    """The input as the rules of column names see it: a caption that was not understood says nothing to them."""
    is_lost = any(caption.lost and caption.one is one for caption in found)
    return replace(one, flow=replace(one.flow, label="")) if is_lost else one


def row_filter(found: Iterable[Caption], spine: Input | None, span: Span) -> Expression | None:
    """The filter on the rows of the model: the condition on the arrow from its spine; None without one. It is a TODO
    where that is not understood."""
    for caption in found:
        if spine is not None and caption.one.box is spine.box and (caption.rows is not None or caption.is_open):
            is_known = caption.rows is not None and not caption.is_open
            return Expression(_of(caption.rows, spine.box) if caption.rows and is_known else TODO, span)
    return None


def filtered(derivation: Derivation, found: Iterable[Caption], spine: Input | None) -> Derivation:
    """A column under the conditions of the arrows from its inputs.

    Where such a caption is not understood, a column is a TODO: without it, its number is of too many rows.
    """
    for caption in found:
        box = caption.one.box
        if not _is_over(derivation, box) or (spine is not None and box is spine.box):
            continue
        is_open = caption.lost or (caption.picks and not _is_of_one_row(derivation))
        if is_open and derivation.certainty is not Certainty.UNKNOWN:
            return _open(derivation, caption, f"which rows of `{box.name}`?{_of_all(derivation.formula)}")
        if caption.rows is None:
            continue
        formula = restricted(derivation, box, caption.rows)
        if formula is None:
            return _open(
                derivation, caption, f"the arrow takes some rows of `{box.name}`, and no filter fits this formula"
            )
        why = f"of the rows of `{box.name}` that the arrow says" + (f" (“{caption.words}”)" if derivation.words else "")
        derivation = replace(
            derivation, certainty=Certainty.GUESS, why=why, formula=formula, words=derivation.words or caption.words
        )
    return derivation


def behind_filter(
    derivation: Derivation, found: Iterable[Caption], inputs: Iterable[Input], grain: tuple[str, ...]
) -> Derivation:
    """A column over rows that a filtered input refers to, as a guess: its formula has no filter. `only paid` on orders
    may also mean the stores of paid orders only. Rows that refer to the grain themselves are reached without it."""
    inputs = tuple(one for one in inputs if one.many and not _refers_to(one.box, grain))
    for caption in found:
        box = caption.one.box
        above = {to for to, _ in box.parents.values()} if caption.rows is not None and caption.one.many else set()
        over = [one.box.name for one in inputs if one.box.name in above and _is_over(derivation, one.box)]
        if over and not _is_over(derivation, box) and derivation.certainty is not Certainty.UNKNOWN:
            why = f"of all rows of `{over[0]}`, though the arrow from `{box.name}` says “{caption.words}”"
            derivation = replace(derivation, certainty=Certainty.GUESS, why=f"{derivation.why}; {why}")
    return derivation


def _refers_to(box: Box, grain: tuple[str, ...]) -> bool:
    """Whether a box has a column of the grain, or one that references it."""
    return any(name in box.columns or any(name in to for to in box.links.values()) for name in grain)


def unfiltered(derivation: Derivation, found: Iterable[Caption]) -> Derivation:
    """A column without the conditions that `filtered` gave it, where it has them."""
    for caption in found:
        if caption.rows is not None and _is_over(derivation, caption.one.box):
            formula = released(derivation, caption.one.box, caption.rows)
            derivation = derivation if formula is None else replace(derivation, formula=formula)
    return derivation


def _of_all(formula: Formula | None) -> str:
    """The formula without a condition."""
    if isinstance(formula, Pick):
        order = ", ".join(one.text for one in formula.order)
        return f" All of them: {{{formula.end}: {formula.value.text}, order: {order}}}"
    return f" All of them: {formula.text}" if isinstance(formula, Expression) else ""


def _open(derivation: Derivation, caption: Caption, why: str) -> Derivation:
    """A column whose arrow has a part of the rows, and which part is not known. What it says itself is quoted, too."""
    if derivation.words is None:
        return Derivation(certainty=Certainty.UNKNOWN, why=why, words=caption.words)
    why = followed_by(why, f"the arrow says “{caption.words}”")
    return Derivation(certainty=Certainty.UNKNOWN, why=why, words=derivation.words)


def notes(found: Iterable[Caption], spine: Input | None) -> Iterator[str]:
    """Captions without an effect."""
    for caption in found:
        if caption.is_open:
            yield f"the arrow from `{caption.one.box.name}` says “{caption.words}”, which is not understood"
        elif caption.noted:
            yield f"the arrow from `{caption.one.box.name}` says “{caption.words}”; the model reads all of its rows"
        elif caption.rows is not None and not caption.one.many and (spine is None or caption.one.box is not spine.box):
            yield f"the arrow from `{caption.one.box.name}` says “{caption.words}”; the model has all of its rows"
        elif caption.rows is not None and spine is not None and caption.one.box is spine.box:
            yield f"the arrow from `{caption.one.box.name}` says “{caption.words}”: the model has only these rows"


def matches(found: Iterable[Caption], drawn: DrawnModel) -> dict[str, tuple[tuple[Word, Word], ...]]:
    """`match:` of the inputs whose arrows declare it, where names and links do not."""
    span = drawn.span
    pairs = {
        caption.one.box.name: [
            (Word(grain, span), Word(own, span))
            for grain, own in caption.pairs
            if grain != own and grain not in caption.one.box.links.get(own, ())
        ]
        for caption in found
    }
    return {name: tuple(some) for name, some in pairs.items() if some}


def _is_over(derivation: Derivation, box: Box) -> bool:
    """Whether a column reads rows of a box. A pick also reads those that its order names."""
    text = " ".join(part.text for part in parts(derivation.formula))
    return re.search(rf"(?<![\w.]){re.escape(box.name)}\.", text) is not None


def _of(rows: Qualifiers, box: Box) -> str:
    return " and ".join(condition.of(box) for condition in rows.conditions)
