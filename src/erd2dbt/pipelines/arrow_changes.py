"""Reports what people changed in the lineage arrows of a diagram, and which formulas of the spec still read the old
way."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from erd2dbt.diagram.erd import Erd
from erd2dbt.draft.memory import DraftArrow
from erd2dbt.pipelines.formula_readers import formulas_of, readers


@dataclass(frozen=True, slots=True)
class ArrowChange:
    """An arrow, by the names that the spec has now. A new one has no `was`, a deleted one no `now`."""

    was: DraftArrow | None
    now: DraftArrow | None

    @property
    def old_caption(self) -> str:
        """The caption before, of an arrow between the same boxes."""
        was, now = self.was, self.now
        return was.caption if was is not None and now is not None and set(was.ends) == set(now.ends) else ""

    @property
    def has_new_caption(self) -> bool:
        """Whether its caption changed, or was deleted."""
        return self.now is not None and self.now.caption != self.old_caption


def arrow_changes(
    was: Iterable[DraftArrow], now: Iterable[DraftArrow], renamed: Mapping[str, str]
) -> tuple[ArrowChange, ...]:
    """Return the arrows that differ. They are matched by the ids of their items, else by their ends. `renamed`: old ->
    new names of boxes."""
    before = [replace(one, start=renamed.get(one.start, one.start), end=renamed.get(one.end, one.end)) for one in was]
    after = list(now)
    pairs = []
    for key in (lambda one: one.id, lambda one: (one.ends, one.caption), lambda one: one.ends):
        for one in list(before):
            other = next((other for other in after if key(one) is not None and key(one) == key(other)), None)
            if other is not None:
                before.remove(one)
                after.remove(other)
                pairs.append(ArrowChange(one, other))
    changed = [one for one in pairs if one.was and one.now and _shown(one.was) != _shown(one.now)]
    there = {one.now.ends for one in pairs if one.now}
    gone = [one for one in before if one.ends not in there]  # otherwise one of two equal arrows
    return (*changed, *(ArrowChange(one, None) for one in gone), *(ArrowChange(None, one) for one in after))


def _shown(arrow: DraftArrow) -> DraftArrow:
    return replace(arrow, id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrowReport:
    """Words the changes. `before` and `spec`: the spec of people before and after the merge.

    `drawn`: boxes on the board. `redrawn`: the lineage that the next push draws from the spec, where `push` drew the
    arrows; None for people's own drawing.
    """

    before: Erd
    spec: Erd
    drawn: Container[str]
    redrawn: Container[tuple[str, str]] | None = None

    def lines(self, changes: Iterable[ArrowChange]) -> Iterator[str]:
        """Return a line for each change. Arrows of boxes that were added or deleted have none."""
        for change in changes:
            was, now = change.was, change.now
            if was is not None and not all(end in self.drawn for end in was.ends):
                continue
            if was is not None and now is None:
                yield self._deleted(was)
            elif was is None and now is not None:
                yield from self._added(now)
            elif was is not None and now is not None:
                yield self._redrawn(was, now) if was.ends != now.ends else self._captioned(was, now)

    def _deleted(self, was: DraftArrow) -> str:
        what = f"{_named(was)} was deleted on the board"
        if reads := self._readers(was):
            return f"left     {what}, but {reads} still reads {self._source(was)}; {self._ways('draw it again')}"
        if self.redrawn is not None and was.ends in self.redrawn:
            return f"left     {what}, but the joins of {was.end} need {was.start}; the next push draws it again"
        return f"removed  {_named(was)}: no formula reads {self._source(was)}"

    def _redrawn(self, was: DraftArrow, now: DraftArrow) -> str:
        is_turned = now.ends == was.ends[::-1]
        what = f"{_named(was)} was turned round" if is_turned else f"{_named(was)} leads {_way(now)} now"
        if is_turned and not self._is_model(now.end):
            why = f"{now.end} is an entity, so it is still read as lineage into {now.start}"
            return f"left     {what}, but {why}" + ("; the next push turns it back" if self.redrawn is not None else "")
        if reads := self._readers(was):
            again = "turn it again" if is_turned else f"draw one {_way(was)}"
            return f"left     {what}, but {reads} still reads {self._source(was)}; {self._ways(again)}"
        return f"changed  {what}{self._unread(now)}"

    def _captioned(self, was: DraftArrow, now: DraftArrow) -> str:
        what = f"the caption of {_named(was)} is “{now.caption}” instead of “{was.caption}”"
        what = what if was.caption else f"{_named(was)} has the caption “{now.caption}” now"
        what = what if now.caption else f"the caption “{was.caption}” of {_named(was)} was deleted"
        model = was.end if self._is_model(was.end) else was.start
        if formulas_of(self.before, model) != formulas_of(self.spec, model):
            return f"changed  {what}"
        way = f"say it in a row of {model}, or in the spec"
        return f"left     {what}, and no formula of {model} follows from it; {way}"

    def _added(self, now: DraftArrow) -> Iterator[str]:
        known = {*(one.name for one in self.before.entities), *(one.name for one in self.before.models)}
        if known.issuperset(now.ends):
            yield f"added    {_named(now)}{self._unread(now)}"

    def _unread(self, now: DraftArrow) -> str:
        source, model = now.ends if self._is_model(now.end) else now.ends[::-1]
        return "" if self._readers(now) else f"; no formula of {model} reads {source} yet"

    def _ways(self, again: str) -> str:
        if self.redrawn is not None:
            return "the next push draws it as it was, unless you change the formula"
        return f"{again}, or change the formula"

    def _readers(self, arrow: DraftArrow) -> str:
        return readers(self.spec, self._source(arrow), model=self._model(arrow))

    def _source(self, arrow: DraftArrow) -> str:
        return arrow.start if self._is_model(arrow.end) else arrow.end

    def _model(self, arrow: DraftArrow) -> str:
        return arrow.end if self._is_model(arrow.end) else arrow.start

    def _is_model(self, name: str) -> bool:
        return any(one.name == name for one in self.spec.models)


def _named(arrow: DraftArrow) -> str:
    return f"the arrow {_way(arrow)}"


def _way(arrow: DraftArrow) -> str:
    return f"from {arrow.start} to {arrow.end}"
