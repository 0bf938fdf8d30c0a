"""The merge of SQL by structure: what the generator changed goes into the user's text; all else in it stays.

Each part is decided for itself: a common table expression, a column, a join, a condition. Only a part that both sides
changed is a conflict. A merge counts if its text, read again, says what was decided, and has all of the user's
comments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from erd2dbt.write.merging.edits import Edit, applied
from erd2dbt.write.merging.sqllists import Layout, Piece, column_of, comment_behind, comments_in, indent_of, placed
from erd2dbt.write.merging.sqlparts import CLAUSES, SETS, Clause, Item, Query, Select, Sql, read_sql, relations

Decision = Literal["yours", "generated", "base"]
Three = tuple[Clause | None, Clause | None, Clause | None]  # of the base, the user and the generator
_LOOSE = ("where", "having")  # without any condition, the clause goes


@dataclass(frozen=True, slots=True)
class Decided:
    """The text with each conflict decided for one side, and in words where there were conflicts."""

    text: str
    conflicts: tuple[str, ...]


def merge_sql(base: str, theirs: str, ours: str, prefer: Decision) -> Decided | None:
    """Both sides' changes since `base`. None where that cannot be done, or not without harm to the text."""
    before, user, now = (read_sql(text) for text in (base, theirs, ours))
    if before is None or user is None or now is None:
        return None
    merge = _Merge(before, user, now, prefer)
    try:
        shape = merge.whole()
    except _BeyondError:
        return None
    text = applied(theirs, merge.edits)
    result = read_sql(text)
    if result is None or result.shape != shape or not merge.keeps_comments(result):
        return None
    return Decided(text, tuple(merge.conflicts or _read_but_gone(user, result)))


def _read_but_gone(user: Sql, result: Sql) -> Iterator[str]:
    """Common table expressions that the generator took out, and that a part of the user's still reads."""
    before, now = ({item.key for item in sql.query.ctes.items} if sql.query.ctes else set() for sql in (user, result))
    gone = (before - now) & relations(result.text)
    yield from (f"common table expression `{name}`" for name in sorted(map(str, gone)))


@dataclass(slots=True)
class _Merge:
    base: Sql
    theirs: Sql
    ours: Sql
    prefer: Decision
    edits: list[Edit] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    # -- the decision about a part, by what it says on the three sides; None: it does not be there

    def decide(self, shapes: Sequence[Hashable], where: str) -> Decision:
        """Whose version stands."""
        base, theirs, ours = shapes
        if theirs == ours:
            return "yours"
        if base == theirs:
            return "generated"
        if base == ours:
            return "yours"
        self.conflicts.append(where)
        return self.prefer

    def side(self, decision: Decision) -> Sql:
        return {"yours": self.theirs, "generated": self.ours, "base": self.base}[decision]

    # -- the whole text

    def whole(self) -> Hashable:
        """Edits that merge all; returns what the text then says."""
        self.header()
        sides = self.base, self.theirs, self.ours
        heads = [tuple(token.norm for token in side.before) for side in sides]
        chosen = self.side(self.decide(heads, "the text before the query"))
        if chosen is not self.theirs:
            start = self.theirs.before[0].start if self.theirs.before else self.theirs.query.start
            end = self.theirs.before[-1].end if self.theirs.before else start
            text = chosen.text[chosen.before[0].start : chosen.before[-1].end] if chosen.before else ""
            self.edits.append(Edit(start, end, text if self.theirs.before or not text else f"{text}\n"))
        query = self.query(self.base.query, self.theirs.query, self.ours.query, "")
        return (tuple(token.norm for token in chosen.before), query)

    def header(self) -> None:
        """The comment on top: the generator's lines anew, and those of the user."""
        base, theirs, ours = (_header(side) for side in (self.base, self.theirs, self.ours))
        if ours in (base, theirs):
            return
        generated = {*base, *ours}
        own = [line for line in theirs if line not in generated]
        lines = list(ours) if theirs == base else [*ours, *own] if set(base) <= set(theirs) else None
        if lines is None:  # the user rewrote it
            return
        end = self.theirs.comments[len(theirs) - 1].end if theirs else 0
        text = "\n".join(lines)
        self.edits.append(Edit(0, end, text if theirs else f"{text}\n"))

    def keeps_comments(self, result: Sql) -> bool:
        own = _comments(self.theirs) - _comments(self.base)
        return not own - _comments(result)

    def own_comments(self, text: str) -> tuple[str, ...]:
        generated = _comments(self.base)
        return tuple(comment for comment in comments_in(text) if comment not in generated)

    # -- queries

    def query(self, base: Query, theirs: Query, ours: Query, where: str) -> Hashable:
        if ours.shape in (base.shape, theirs.shape):
            return theirs.shape
        ctes = self.ctes(base, theirs, ours)
        bodies = [(q.operators, tuple(select.shape for select in q.selects)) for q in (base, theirs, ours)]
        if base.operators == theirs.operators == ours.operators:
            selects = zip(base.selects, theirs.selects, ours.selects, strict=True)
            is_many = len(theirs.selects) > 1
            return (ctes, theirs.operators, tuple(self.select(*three, where, is_many=is_many) for three in selects))
        decision = self.decide(bodies, f"the selects{of(where)}")
        chosen = {"yours": theirs, "generated": ours, "base": base}[decision]
        self.replace(_body(theirs), decision, _body(chosen))
        return (ctes, chosen.operators, tuple(select.shape for select in chosen.selects))

    def replace(self, span: tuple[int, int], decision: Decision, source: tuple[int, int]) -> None:
        """A part of another side's text in the place of the user's, with the user's own comments above it."""
        if decision == "yours":
            return
        column = column_of(self.theirs.text, span[0])
        text = placed(self.side(decision).text, *source, column)
        own = self.own_comments(self.theirs.text[span[0] : span[1]])
        above = "".join(f"{comment}\n{' ' * column}" for comment in own)
        self.edits.append(Edit(*span, above + text))

    def ctes(self, base: Query, theirs: Query, ours: Query) -> Hashable:
        three = base.ctes, theirs.ctes, ours.ctes
        if theirs.ctes is None or ours.ctes is None:
            decision = self.decide([clause and clause.shape for clause in three], "the common table expressions")
            if decision != "yours":
                raise _BeyondError
            return theirs.ctes and theirs.ctes.shape
        return self.clause(three, "", (), is_many=False)

    # -- selects

    def select(self, base: Select, theirs: Select, ours: Select, where: str, *, is_many: bool) -> Hashable:
        shapes: list[Hashable] = []
        end = theirs.clauses[0].start
        columns: Sequence[Hashable] = ()
        for name in CLAUSES:
            three = base.get(name), theirs.get(name), ours.get(name)
            if three[1] is not None and (three[2] is not None or name in _LOOSE):
                shape = self.clause(three, where, columns, is_many=is_many)
            else:
                shape = self.clause_alone(three, where, columns, end)
            if shape is not None:
                shapes.append(shape)
                if name == "select" and isinstance(shape, tuple):
                    columns = [key for key, _ in shape[2]]
            end = three[1].end if three[1] is not None else end
        return tuple(shapes)

    def clause_alone(self, three: Three, where: str, columns: Sequence[Hashable], end: int) -> Hashable:
        """A clause that one side does not have."""
        name = next((clause.name for clause in three if clause), "")
        decision = self.decide([clause and clause.shape for clause in three], f"`{name}`{of(where)}")
        theirs, chosen = three[1], _of_side(three, decision)
        if decision == "yours":
            return theirs and theirs.shape
        if theirs is not None and chosen is not None:
            self.replace((theirs.start, theirs.end), decision, (chosen.start, chosen.end))
        elif theirs is not None:
            self.take_out(end, theirs)
        elif chosen is not None:
            self.put_in(end, self.side(decision), chosen, columns)
        return chosen and chosen.shape

    def take_out(self, end: int, clause: Clause) -> None:
        own = self.own_comments(self.theirs.text[end : clause.end])
        indent = indent_of(self.theirs.text, clause.start)
        self.edits.append(Edit(end, clause.end, "".join(f"\n{indent}{comment}" for comment in own)))

    def put_in(self, end: int, source: Sql, clause: Clause, columns: Sequence[Hashable]) -> None:
        """Below the clause that is before it, as that is below the one before."""
        at = comment_behind(self.theirs.text, end)
        line = self.theirs.text.rfind("\n", 0, end) + 1
        select = self.theirs.text.rfind("select", 0, end)
        is_inline = line <= select and at == end
        indent = indent_of(self.theirs.text, select)
        break_ = " " if is_inline else "\n\n" + indent
        column = len(indent) if not is_inline else column_of(self.theirs.text, end) + 1
        text = placed(source.text, clause.start, clause.end, column)
        if any(item.at is not None for item in clause.items):
            terms = (
                numbered(source.text, item, columns) or source.text[item.start : item.end] for item in clause.items
            )
            text = f"{source.text[clause.start : clause.head_end]} {', '.join(terms)}"
        self.edits.append(Edit(at, at, break_ + text))

    # -- lists

    def clause(self, three: Three, where: str, columns: Sequence[Hashable], *, is_many: bool) -> Hashable:
        """A list that is in the user's text, item by item."""
        theirs = three[1]
        assert theirs is not None
        heads = [clause.head if clause else None for clause in three]
        decision: Decision = "yours" if three[2] is None else self.decide(heads, f"`{theirs.name}`{of(where)}")
        chosen = _of_side(three, decision)
        if decision != "yours" and chosen is not None:
            text = self.side(decision).text[chosen.start : chosen.head_end]
            self.edits.append(Edit(theirs.start, theirs.head_end, text))
        found = _List(self, three, where, columns)
        found.decide(is_many=is_many)
        return found.done(chosen.head if chosen else theirs.head)


class _BeyondError(Exception):
    """A change that is merged by lines, or not at all."""


@dataclass(slots=True)
class _Chosen:
    """An item as it shall be: from which side; `shape`, where its parts were merged."""

    key: Hashable
    decision: Decision
    item: Item
    own: Item | None
    shape: Hashable


class _List:
    """One list: what is to be in it, and the edits that make it so."""

    def __init__(self, merge: _Merge, three: Three, where: str, columns: Sequence[Hashable]) -> None:
        assert three[1] is not None
        self.merge, self.three, self.theirs = merge, three, three[1]
        self.where, self.columns = where, columns
        self.chosen: list[_Chosen] = []

    def decide(self, *, is_many: bool) -> None:
        name = self.theirs.name
        is_whole = is_many if name == "select" else name in _LOOSE and self._has_alternative()
        if (is_whole and self._both_changed()) or (name in SETS and self._both_replaced()):
            where = f"`{name}`{of(self.where)}"
            self.merge.conflicts.append(where)
            self._whole(self.merge.prefer)
            return
        for key in self._order():
            base, theirs, ours = (clause.get(key) if clause else None for clause in self.three)
            if found := self._one(key, base, theirs, ours):
                self.chosen.append(found)

    def _one(self, key: Hashable, base: Item | None, theirs: Item | None, ours: Item | None) -> _Chosen | None:
        inner = [item.inner if item else None for item in (base, theirs, ours)]
        is_same = base and theirs and ours and base.head == theirs.head == ours.head
        if is_same and theirs and inner[0] and inner[1] and inner[2]:
            shape = self.merge.query(inner[0], inner[1], inner[2], str(key))
            return _Chosen(key, "yours", theirs, theirs, (theirs.head, shape))
        shapes = [item.shape if item else None for item in (base, theirs, ours)]
        decision = self.merge.decide(shapes, _named(self.theirs.name, key) + of(self.where))
        item = {"yours": theirs, "generated": ours, "base": base}[decision]
        return _Chosen(key, decision, item, theirs, item.shape) if item else None

    def _has_alternative(self) -> bool:
        return any(item.is_alternative for clause in self.three if clause for item in clause.items)

    def _both_changed(self) -> bool:
        """What counts where items have their places, as columns have in a select of several."""
        base, theirs, ours = (clause.keys if clause else () for clause in self.three)
        return base not in (theirs, ours) and theirs != ours

    def _both_replaced(self) -> bool:
        """Whether both sides changed one item that is known by what it says alone."""
        base, theirs, ours = (set(clause.keys) if clause else set() for clause in self.three)
        return bool((base - theirs) & (base - ours)) and theirs - base != ours - base

    def _whole(self, decision: Decision) -> None:
        clause = _of_side(self.three, decision)
        for item in clause.items if clause else ():
            own = self.theirs.get(item.key)
            self.chosen.append(_Chosen(item.key, decision, item, own, item.shape))

    def _order(self) -> list[Hashable]:
        """All keys: in the user's order, or in the generator's where the user left the order as it was."""
        base, theirs, ours = (clause.keys if clause else () for clause in self.three)
        has_moved = [key for key in base if key in ours] != [key for key in ours if key in base]
        first, second = (ours, theirs) if has_moved and theirs == base else (theirs, ours)
        order = list(first)
        at = -1
        for key in second:
            if key in first:
                at = order.index(key)
            else:
                at += 1
                order.insert(at, key)
        return [*order, *(key for key in base if key not in order)]

    # -- the edits

    def done(self, head: Hashable) -> Hashable:
        """Makes the edits; returns what the clause then says, None where it has gone."""
        merge, text = self.merge, self.merge.theirs.text
        if not self.chosen:
            if self.theirs.name not in _LOOSE:
                raise _BeyondError
            begin = len(text[: self.theirs.start].rstrip())
            merge.edits.append(Edit(begin, self.theirs.end, ""))
            return None
        shape = (self.theirs.name, head, tuple((one.key, one.shape) for one in self.chosen))
        if [one.own for one in self.chosen] == list(self.theirs.items):
            for one in self.chosen:
                self._put(one)
            return shape
        layout = Layout(text, self.theirs)
        pieces, left = self._pieces(layout)
        start = self.theirs.items[0].start
        merge.edits = [edit for edit in merge.edits if not start <= edit.start < layout.end]
        merge.edits.append(Edit(start, layout.end, layout.laid_out(pieces, left)))
        return shape

    def _put(self, one: _Chosen) -> None:
        assert one.own is not None
        own = one.own
        if one.decision != "yours":
            self.merge.replace((own.start, own.end), one.decision, (one.item.start, one.item.end))
        elif (text := self._numbered(one)) is not None:
            self.merge.edits.append(Edit(own.start, own.end, text))

    def _pieces(self, layout: Layout) -> tuple[list[Piece], tuple[str, ...]]:
        """What is to be laid out, and the comments of items that have gone from the end."""
        kept = {one.own.start for one in self.chosen if one.own}
        gone = [item for item in self.theirs.items if item.start not in kept]
        pieces: list[Piece] = []
        for one in self.chosen:
            comments: list[str] = []
            if one.own is not None:
                before = [item for item in gone if item.start < one.own.start]
                gone = [item for item in gone if item not in before]
                comments += [c for item in before for c in self.merge.own_comments(layout.around(item))]
            pieces.append(self._piece(one, comments, layout))
        return pieces, tuple(c for item in gone for c in self.merge.own_comments(layout.around(item)))

    def _piece(self, one: _Chosen, comments: list[str], layout: Layout) -> Piece:
        text = self.merge.theirs.text
        if one.decision == "yours":
            assert one.own is not None
            own = one.own
            inside = [edit for edit in self.merge.edits if own.start <= edit.start and edit.end <= own.end]
            moved = [Edit(e.start - own.start, e.end - own.start, e.text) for e in inside]
            said = self._numbered(one) or applied(text[own.start : own.end], moved)
            return Piece(text=said, own=own, comments=tuple(comments))
        source = self.merge.side(one.decision).text
        column = column_of(text, one.own.start) if one.own else layout.column()
        said = self._numbered(one) or placed(source, one.item.start, one.item.end, column)
        if one.own is not None:
            comments += self.merge.own_comments(text[one.own.start : one.own.end])
        return Piece(text=said, own=one.own, comments=tuple(comments))

    def _numbered(self, one: _Chosen) -> str | None:
        return numbered(self.merge.side(one.decision).text, one.item, self.columns)


def numbered(text: str, item: Item, columns: Sequence[Hashable]) -> str | None:
    """A number that stands for a select item, as the place of that is among `columns`; None for any other item."""
    if item.at is None:
        return None
    if item.at not in columns:
        raise _BeyondError
    return str(columns.index(item.at) + 1) + text[item.start : item.end].lstrip("0123456789")


def _of_side(three: Three, decision: Decision) -> Clause | None:
    return {"base": three[0], "yours": three[1], "generated": three[2]}[decision]


def of(where: str) -> str:
    """The end of a message: the CTE that a conflict is in; empty outside of CTEs."""
    return f" of `{where}`" if where else ""


def _named(clause: str, key: Hashable) -> str:
    nouns = {"with": "common table expression", "select": "column", "from": "join"}
    word = key[-1] if isinstance(key, tuple) and clause == "from" else key
    if clause in nouns and isinstance(word, str) and word != "from":
        return f"{nouns[clause]} `{word}`"
    return f"`{clause}`"


def _body(query: Query) -> tuple[int, int]:
    """From its first select to its end."""
    return query.selects[0].clauses[0].start, query.end


def _comments(side: Sql) -> Counter[str]:
    return Counter(token.norm for token in side.comments)


def _header(side: Sql) -> tuple[str, ...]:
    """The lines of the comment on top."""
    first = side.before[0].start if side.before else side.query.start
    return tuple(token.norm for token in side.comments if token.start < first)
