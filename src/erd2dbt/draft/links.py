"""Converts drawn lines and FK marks to links of the spec: join columns and cardinalities."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from erd2dbt.diagram.drawing import Box, Cap, Key, Line, Row
from erd2dbt.draft.line_labels import alike
from erd2dbt.draft.values import DraftLink, Remark
from erd2dbt.infer.references import GENERIC, ends, names_after
from erd2dbt.infer.roles import is_above, plays_a_part
from erd2dbt.infer.wording.purposes import is_of_some_rows
from erd2dbt.names.spelling import slug
from erd2dbt.read.boxes.layers import bare

_LEFT = {(1, False): "||", (0, False): "|o", (0, True): "}o", (1, True): "}|"}
_RIGHT = {key: cap[::-1].replace("}", "{") for key, cap in _LEFT.items()}

# A label that names columns: `payer (paid_by)`, `(a, b)`, `paid_by`.
_COLUMNS = re.compile(r"(?:(?P<role>[^()]*?)\s*\((?=[^()]+\)$))?(?P<columns>[^()]+)\)?")

Pairs = tuple[tuple[str, str], ...]  # (column of the child, column of the parent)


@dataclass(frozen=True, slots=True)
class _Tie:
    """A link before it is written. `child` and `parent` are boxes; `line` is None if only FK marks declare it.

    `child_left`: the child is the left end, as drawn.
    """

    child: str
    parent: str
    pairs: Pairs
    line: Line | None = None
    comment: str | None = None
    child_left: bool = True


@dataclass(slots=True)
class DrawnLinks:
    """The entities' boxes by name. FK columns that a line has used are in `taken`, all of its pairs in `used`."""

    boxes: Mapping[str, Box]
    taken: set[tuple[str, str]] = field(default_factory=set)
    used: dict[tuple[str, str, Pairs], str] = field(default_factory=dict)  # (child, parent, pairs) -> label of the line
    owners: dict[str, list[str]] = field(default_factory=dict)  # key column -> boxes
    named: dict[str, dict[str, None]] = field(default_factory=dict)  # name of a foreign key -> boxes it may reference
    known: dict[str, Box] = field(default_factory=dict)  # by their names, with a prefix and without

    def __post_init__(self) -> None:
        self.known = {bare(name): box for name, box in self.boxes.items()} | dict(self.boxes)
        for box in self.boxes.values():
            for column in box.key:
                self.owners.setdefault(column, []).append(box.name)
            called = {box.name, slug(box.table or "") or box.name}  # a title may be used instead of the table's name
            after = {name for one in called for name in names_after(one, box.key[0])} if len(box.key) == 1 else ()
            for name in after:
                self.named.setdefault(name, {})[box.name] = None

    def target(self, box: Box, row: Row) -> tuple[str, str] | None:
        """Return the (box, column) that a foreign key references, by its text or by names; None when that is
        ambiguous."""
        if row.references:
            return self._referenced(row.references)
        found = self.candidates(box, row)
        return found[0] if len(found) == 1 else None

    def candidates(self, box: Box, row: Row) -> list[tuple[str, str]]:
        """Return the (box, column) pairs that a foreign key may reference, by its name.

        The table that it is named after comes first. Then come tables with this column as their own single-column
        key. Then comes a key that matches the end of the name, and last the tables with the column in a composite key.
        """
        after = [other for other in self.named.get(row.name, ()) if other != box.name]
        if len(after) == 1:
            return [(after[0], self.boxes[after[0]].key[0])]
        owners = [owner for owner in self.owners.get(row.name, ()) if owner != box.name]
        alone = [owner for owner in owners if len(self.boxes[owner].key) == 1]
        own = [owner for owner in alone if not self._is_foreign(owner, row.name)]
        if alone:
            return [(owner, row.name) for owner in own or alone]
        found = self._by_ends(row.name)
        if not found and not owners and len(box.key) == 1 and row.name not in box.key and is_above(box.name, row.name):
            return [(box.name, box.key[0])]
        return found or [(owner, row.name) for owner in owners]

    def _is_foreign(self, owner: str, column: str) -> bool:
        """Return whether the key column of a box is also a foreign key: the box extends another one."""
        return any(row.name == column and row.has(Key.FK) for row in self.boxes[owner].rows)

    def _by_ends(self, name: str) -> list[tuple[str, str]]:
        """Return the matches for the end of a name: `billing_address_id` references `address_id`."""
        found = [
            (owner, column)
            for column in ends(name)[1:]
            if column not in GENERIC
            for owner in self.owners.get(column, ())
        ]
        found = found or [
            (other, self.boxes[other].key[0])
            for other in {name: None for end in ends(name) for name in self.named.get(end, ())}
        ]
        whole = [one for one in found if len(self.boxes[one[0]].key) == 1]
        own = [one for one in whole if not self._is_foreign(*one)]
        return own or whole or found

    def is_named_after(self, column: str, box: Box) -> bool:
        """Return whether a column is named after a table and its key: `user_id`, `billing_user_id`, of `users` with key
        `id`."""
        return any(box.name in self.named.get(end, ()) for end in ends(column))

    def lost(self, box: Box) -> list[Row]:
        """Return foreign keys without a line whose target is ambiguous."""
        open_ = (row for row in box.rows if row.has(Key.FK) and (box.name, row.name) not in self.taken)
        return [row for row in open_ if self.target(box, row) is None]

    def _referenced(self, text: str) -> tuple[str, str] | None:
        name, _, column = text.rpartition(".") if text.rpartition(".")[0] in self.known else (text, "", "")
        box = self.known.get(name.rpartition(".")[2])
        if box is None:
            return None
        known = {written.lower(): row.name for row in box.rows for written in (row.raw or row.name, row.name)}
        if column in known:
            return box.name, known[column]
        return (box.name, box.key[0]) if len(box.key) == 1 and not column else None


def links(
    boxes: Mapping[str, Box], lines: Iterable[Line], names: Mapping[str, str]
) -> tuple[tuple[DraftLink, ...], dict[tuple[str, str], tuple[str, ...]]]:
    """Return the links, and (box, column) of each ambiguous foreign key -> the boxes that it may reference.

    `boxes`: the entities' by name; `lines`: those between them; `names`: box -> name in the spec.
    """
    ties = DrawnLinks(boxes)
    lines = list(lines)
    first = sorted(range(len(lines)), key=lambda n: _certainty(lines[n], ties))
    found = {n: _drawn(_turned(lines[n], ties), ties) for n in first}
    drawn = [found[n] for n in range(len(lines))]
    marked = list(_marked(ties))
    lost = {
        (box.name, row.name): tuple(names[other] for other, _ in ties.candidates(box, row) if not row.references)
        for box in boxes.values()
        for row in ties.lost(box)
    }
    return tuple(_written([*drawn, *marked], boxes, names)), lost


# -- lines


def _turned(line: Line, ties: DrawnLinks) -> Line:
    """Return the line with swapped caps, if a foreign key fits only that direction. Marked ones count, where marks are
    drawn."""
    other = replace(line, left_cap=line.right_cap, right_cap=line.left_cap)
    fits = [_child_first(one, ties) for one in (line, other)]
    if line.pairs or _pairs(line, *fits[0], ties) or not _pairs(other, *fits[1], ties):
        return line
    if line.guess:
        return replace(other, guess="the caps follow from its keys")
    if _fks(*fits[0], ties) or not _fks(*fits[1], ties) or fits[0] == fits[1]:
        return line
    return replace(other, guess="the crow's foot is drawn at the other end, which has the key; its FK is followed")


def _child_first(line: Line, ties: DrawnLinks) -> tuple[Box, Box]:
    left, right = ties.boxes[line.left], ties.boxes[line.right]
    return (right, left) if _is_child(right, left, line, ties) else (left, right)


def _drawn(line: Line, ties: DrawnLinks) -> _Tie:
    child, parent = _child_first(line, ties)
    child_left = not _is_child(ties.boxes[line.right], ties.boxes[line.left], line, ties)
    both_many = all(cap is not None and cap.is_many for cap in (line.left_cap, line.right_cap))
    if both_many and _is_bridged(line, child, parent, ties):
        ends = ", ".join(f"{child.name}.{a} and {parent.name}.{b}" for a, b in line.pairs)
        needed = Remark.NEEDS(f"the entity between them, which contains {ends}")
        return _Tie(child.name, parent.name, (), line, needed, child_left)
    pairs = _pairs(line, child, parent, ties)
    guessed = None if line.left_cap and line.right_cap else Remark.INFERRED("the caps are not drawn")
    if pairs and not _stated(line, child, parent, ties) and pairs == _told(line, child, parent, ties):
        guessed = Remark.INFERRED(f"`{pairs[0][0]}` has the word of the line")
    if not pairs and (pairs := _by_label(line, child, parent, ties)):
        guessed = Remark.INFERRED("the only foreign key that fits the line")
    guessed = guessed or (Remark.INFERRED(line.guess) if line.guess else None)
    if pairs:
        ties.taken.update((child.name, column) for column, _ in pairs)
        ties.used.setdefault((child.name, parent.name, pairs), line.label)
        if is_of_some_rows(line.label):
            ignored = Remark.IGNORED(f"the line says “{line.label}”; a link is of all rows")
            guessed = f"{guessed}; {ignored}" if guessed else ignored
        return _Tie(child.name, parent.name, pairs, line, guessed, child_left)
    needed = (
        "the entity between them: no column of either contains the key of the other" if both_many else _needed(parent)
    )
    open_caps = "" if line.left_cap and line.right_cap else "; and the caps, which are not drawn"
    label = f"; the line says “{line.label}”" if line.label else ""
    return _Tie(child.name, parent.name, (), line, Remark.NEEDS(needed + open_caps + label), child_left)


def _is_bridged(line: Line, child: Box, parent: Box, ties: DrawnLinks) -> bool:
    """Return whether a many-to-many line joins columns that are unique at one end, so that they cannot be equal
    values."""
    tied = _pairs(line, child, parent, ties) if line.pairs else ()
    return any(_is_unique(box, {pair[i] for pair in tied}) for i, box in enumerate((child, parent)))


def _is_unique(box: Box, columns: set[str]) -> bool:
    alone = [(row.name,) for row in box.rows if row.has(Key.UK) or row.unique]
    return any(known and columns >= set(known) for known in (box.key, *box.uniques, *alone))


def _needed(parent: Box) -> str:
    return f"the columns that tie them, as in `its_column = {', '.join(parent.key) or f'the key of {parent.name}'}`"


def _is_child(one: Box, other: Box, line: Line, ties: DrawnLinks) -> bool:
    """Return whether `one`, the right end, has the foreign key to `other`. With known pairs, the left end has it."""
    if line.pairs:
        return False
    left_many, right_many = (cap is not None and cap.is_many for cap in (line.left_cap, line.right_cap))
    if left_many != right_many:
        return right_many
    leads = [_fks(one, other, ties), _fks(other, one, ties)]
    if not any(leads) and one.name != other.name:
        leads = [list(_pairs(line, one, other, ties)), list(_pairs(line, other, one, ties))]
    return bool(leads[0]) and not leads[1]


def _fks(child: Box, parent: Box, ties: DrawnLinks) -> list[tuple[str, str]]:
    found = ((row, ties.target(child, row)) for row in child.rows if row.has(Key.FK))
    return [(row.name, to[1]) for row, to in found if to and to[0] == parent.name]


def _pairs(line: Line, child: Box, parent: Box, ties: DrawnLinks) -> Pairs:
    """Return the join columns: by the rows at the line's ends, by FK marks, or by a column with the parent key's
    name."""
    if stated := _stated(line, child, parent, ties):
        return stated
    if alternate := _to_unique(child, parent, ties):
        return alternate
    if whole := _to_whole_key(child, parent, ties):
        return whole
    if told := _told(line, child, parent, ties):
        return told
    marked = [pair for pair in _fks(child, parent, ties) if (child.name, pair[0]) not in ties.taken]
    if len(marked) > 1 and sorted(to for _, to in marked) != sorted(parent.key):
        marked = [max(marked, key=lambda pair: alike(pair[0], line.label))]
    if marked:
        return tuple(marked)
    columns = {row.name for row in child.rows}
    is_id = parent.key == ("id",)  # each box has one of its own
    if child.name != parent.name and parent.key and columns >= set(parent.key) and not is_id:
        same = tuple((column, column) for column in parent.key)
        return () if _is_of_another_role(line, child, parent, same, ties) else same
    own = child.key if child.name == parent.name else ()
    after = [row.name for row in child.rows if ties.is_named_after(row.name, parent)]
    after = [name for name in after if name not in own and (child.name, name) not in ties.taken]
    told_by = [name for name in after if alike(name, line.label)]
    after = told_by if len(after) > 1 and len(told_by) == 1 else after
    return ((after[0], parent.key[0]),) if len(after) == 1 else ()


def _is_of_another_role(line: Line, child: Box, parent: Box, pairs: Pairs, ties: DrawnLinks) -> bool:
    """Return whether a line with another label has these join columns. A line that is drawn twice is one link."""
    taken = ties.used.get((child.name, parent.name, pairs), "")
    return bool(taken and line.label) and slug(taken) != slug(line.label)


def _stated(line: Line, child: Box, parent: Box, ties: DrawnLinks) -> Pairs:
    """Return the join columns that the line states: by the rows at its ends, or in its label."""
    if line.pairs:
        return line.pairs if child is ties.boxes[line.left] else tuple((b, a) for a, b in line.pairs)
    rows = (line.left_row, line.right_row) if child is ties.boxes[line.left] else (line.right_row, line.left_row)
    if rows[0] and (rows[1] or len(parent.key) == 1):
        return ((rows[0], rows[1] or parent.key[0]),)
    return _in_label(line, child, parent, ties)


def _told(line: Line, child: Box, parent: Box, ties: DrawnLinks) -> Pairs:
    """Return the only foreign key of a person's role that has the verb of the label: `approved_by` of `approves`.

    Without marks, any column for such a role may be one.
    """
    if len(parent.key) != 1 or not line.label or child.name == parent.name:
        return ()
    is_marked = any(row.has(Key.FK) for row in child.rows)
    free = [row for row in child.rows if (child.name, row.name) not in ties.taken and row.name not in child.key]
    free = [row for row in free if (row.has(Key.FK) if is_marked else _has_type_of_key(row, parent))]
    said = [row for row in free if plays_a_part(row.name) and alike(row.name, line.label)]
    leads = [(row.name, ties.target(child, row) or (parent.name, parent.key[0])) for row in said]
    return ((leads[0][0], leads[0][1][1]),) if len(leads) == 1 and leads[0][1][0] == parent.name else ()


def _has_type_of_key(row: Row, parent: Box) -> bool:
    return row.type == next(one.type for one in parent.rows if one.name == parent.key[0])


def _certainty(line: Line, ties: DrawnLinks) -> int:
    """Return the place of a line in the order in which columns are given to lines: first where it says which."""
    ends = (ties.boxes[line.left], ties.boxes[line.right])
    ways = (ends, ends[::-1])
    if any(_stated(line, *way, ties) for way in ways):
        return 0
    return 1 if any(_told(line, *way, ties) for way in ways) else 2


def _to_whole_key(child: Box, parent: Box, ties: DrawnLinks) -> Pairs:
    """Return all columns of a composite key, if each is a marked foreign key of the same name.

    One of them alone may be the key of another box, too.
    """
    if len(parent.key) < 2 or child.name == parent.name:
        return ()
    marked = {row.name for row in child.rows if row.has(Key.FK) and not row.references}
    is_whole = all(name in marked and (child.name, name) not in ties.taken for name in parent.key)
    return tuple((name, name) for name in parent.key) if is_whole else ()


def _to_unique(child: Box, parent: Box, ties: DrawnLinks) -> Pairs:
    """Return a foreign key to a unique column beside the parent's key: `task_id` references `task_id`, not `id`."""
    if child.name == parent.name:
        return ()
    unique = {row.name for row in parent.rows if row.has(Key.UK) and row.name not in parent.key}
    marked = [row.name for row in child.rows if row.has(Key.FK) and (child.name, row.name) not in ties.taken]
    found = [(name, name) for name in marked if name in unique]
    return tuple(found) if len(found) == 1 else ()


def _in_label(line: Line, child: Box, parent: Box, ties: DrawnLinks) -> Pairs:
    """Return the pairs in a label, `payer (paid_by)` or `paid_by`: child columns, with the parent's key or another
    target."""
    match = _COLUMNS.fullmatch(line.label)
    rows = {written.lower(): row for row in child.rows for written in (row.raw or row.name, row.name)}
    found = [rows.get(word.strip().lower()) for word in match["columns"].split(",")] if match else []
    named = [row for row in found if row is not None and _may_refer(row, child, parent)]
    if not named or len(named) < len(found):
        return ()
    targets = [ties.target(child, row) for row in named]
    if any(to and to[0] != parent.name for to in targets):
        return ()
    known = tuple((row.name, to[1]) for row, to in zip(named, targets, strict=True) if to and to[0] == parent.name)
    if len(known) == len(named):
        return known
    same = [row.name for row in named if row.name in {one.name for one in parent.rows}]
    if len(same) == len(named) and child.name != parent.name:
        return tuple((name, name) for name in same)
    is_whole = len(named) == len(parent.key)
    return tuple((row.name, to) for row, to in zip(named, parent.key, strict=True)) if is_whole else ()


def _may_refer(row: Row, child: Box, parent: Box) -> bool:
    """Return whether a label's word is a foreign key, not a column by chance: it is marked, or named after the key."""
    is_marked = any(one.has(Key.FK) for one in child.rows)
    is_after = len(parent.key) == 1 and row.name.endswith(f"_{parent.key[0]}")
    return row.has(Key.FK) if is_marked else is_after


def _by_label(line: Line, child: Box, parent: Box, ties: DrawnLinks) -> Pairs:
    """Return a foreign key without a target that has the line's name, or is the only one."""
    lost = [row.name for row in ties.lost(child)]
    told = [name for name in lost if alike(name, line.label)] or lost
    return ((told[0], parent.key[0]),) if len(told) == 1 and len(parent.key) == 1 else ()


# -- marks


def _marked(ties: DrawnLinks) -> Iterator[_Tie]:
    """Return links of foreign keys without a line. Several foreign keys to one composite key are one link."""
    for box in ties.boxes.values():
        found: dict[str, list[tuple[str, str]]] = {}
        for row in box.rows:
            to = ties.target(box, row) if row.has(Key.FK) and (box.name, row.name) not in ties.taken else None
            if to:
                found.setdefault(to[0], []).append((row.name, to[1]))
        for parent, pairs in found.items():
            columns = [to for _, to in pairs]
            together = len(pairs) > 1 and sorted(columns) == sorted(ties.boxes[parent].key)
            for tied in [tuple(pairs)] if together else [(pair,) for pair in pairs]:
                yield _Tie(box.name, parent, tied, None, Remark.INFERRED("from the mark FK; no line is drawn"))


# -- as `links:` writes them


def _written(ties: list[_Tie], boxes: Mapping[str, Box], names: Mapping[str, str]) -> Iterator[DraftLink]:
    pairs = Counter(frozenset((tie.child, tie.parent)) for tie in ties)
    shared = _shared(ties)
    roles: Counter[tuple[frozenset[str], str]] = Counter()
    for tie in ties:
        between = frozenset((tie.child, tie.parent))
        link = _link(tie, boxes, names)
        if pairs[between] > 1 or len(between) == 1:
            role = _role(tie, shared[between], boxes[tie.child].key)
            roles[between, role] += 1
            number = roles[between, role]
            link = replace(link, role=role if number == 1 else f"{role}_{number}")
        yield link


def _shared(ties: Iterable[_Tie]) -> Mapping[frozenset[str], Counter[str]]:
    """Return both ends -> the child's columns, with the number of links between the two that use each."""
    found: dict[frozenset[str], Counter[str]] = defaultdict(Counter)
    for tie in ties:
        found[frozenset((tie.child, tie.parent))].update(column for column, _ in tie.pairs)
    return found


def _role(tie: _Tie, shared: Counter[str], key: tuple[str, ...]) -> str:
    """Return the role: the line's label, otherwise a column of this link that the other links do not share."""
    label = tie.line.label if tie.line else ""
    match = _COLUMNS.fullmatch(label)
    said = slug(match["role"] or "") if match and tie.pairs and match["role"] else slug(label)
    telling = min(
        tie.pairs, key=lambda pair: (shared[pair[0]] > 1, pair[0] == pair[1], pair[0] in key), default=("", "")
    )
    return said or slug(re.sub(r"_(?:id|key)$", "", telling[0])) or "role"


def _link(tie: _Tie, boxes: Mapping[str, Box], names: Mapping[str, str]) -> DraftLink:
    child, parent = boxes[tie.child], boxes[tie.parent]
    caps = {True: _child_cap(child, tie), False: _parent_cap(parent, tie)}
    line = tie.line
    if line is not None:
        drawn = (line.left_cap, line.right_cap) if tie.child_left else (line.right_cap, line.left_cap)
        caps = {True: drawn[0] or caps[True], False: drawn[1] or caps[False]}
    refuted = _refuted(child, parent, tie.pairs, caps)
    if refuted:
        tie = replace(tie, pairs=(), comment=Remark.NEEDS(refuted))
    left, right = (tie.child, tie.parent) if tie.child_left else (tie.parent, tie.child)
    text = f"{names[left]} {_LEFT[_key(caps[tie.child_left])]}{'--' if line is None or line.identifying else '..'}"
    return DraftLink(
        text=f"{text}{_RIGHT[_key(caps[not tie.child_left])]} {names[right]}",
        pairs=tie.pairs if tie.child_left else tuple((b, a) for a, b in tie.pairs),
        comment=tie.comment,
        item=line.id if line else None,
    )


def _refuted(child: Box, parent: Box, pairs: Pairs, caps: Mapping[bool, Cap]) -> str:
    """Return what is missing if the join columns are unique at no end and not part of a key; empty otherwise."""
    ends = ((child, {a for a, _ in pairs}, caps[True]), (parent, {b for _, b in pairs}, caps[False]))
    if not pairs or not all(box.key for box, _, _ in ends):
        return ""
    if any(_is_unique(box, columns) or _is_in_key(box, columns) for box, columns, _ in ends):
        return ""
    tied = ", ".join(f"{child.name}.{a} and {parent.name}.{b}" for a, b in pairs)
    if all(cap.is_many for _, _, cap in ends):
        return f"the entity between them: {tied} are unique at neither end"
    return f"columns that are unique at one end, or `unique: true` there: {tied} are not"


def _is_in_key(box: Box, columns: set[str]) -> bool:
    return any(columns <= set(known) for known in (box.key, *box.uniques))


def _key(cap: Cap) -> tuple[int, bool]:
    return cap.cardinality.minimum, cap.cardinality.many


def _child_cap(child: Box, tie: _Tie) -> Cap:
    whole = bool(child.key) and {a for a, _ in tie.pairs} >= set(child.key)
    return Cap.ZERO_OR_ONE if whole else Cap.ZERO_OR_MANY


def _parent_cap(parent: Box, tie: _Tie) -> Cap:
    if not tie.pairs:  # the join columns are not known yet
        return Cap.ONLY_ONE
    whole = {b for _, b in tie.pairs} >= set(parent.key)
    return Cap.ONLY_ONE if whole else Cap.ONE_OR_MANY
