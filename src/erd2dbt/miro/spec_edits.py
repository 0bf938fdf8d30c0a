"""Writes people's changes in the drawing into the spec that was drawn."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from erd2dbt.diagram.drawing import Box, Key, Line, Row
from erd2dbt.diagram.erd import Entity, Erd, ModelSpec
from erd2dbt.draft.diagram import draft
from erd2dbt.draft.memory import DraftArrow
from erd2dbt.draft.names import Known
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.miro.caption_filters import with_caption
from erd2dbt.miro.changes import BoxChange, Changes, LineChange
from erd2dbt.miro.column_rename import with_renamed_column
from erd2dbt.miro.spec_links import link_gone, link_now, links_of
from erd2dbt.miro.spec_text import (
    document,
    entry_at,
    node_at,
    with_copy,
    with_entry,
    with_value,
    without,
    without_items,
)
from erd2dbt.names.models import staging_names
from erd2dbt.notate.spec import spec_text
from erd2dbt.notate.yamltext import key as yaml_key
from erd2dbt.notate.yamltext import names as yaml_names
from erd2dbt.notate.yamltext import scalar, value
from erd2dbt.pipelines.arrow_changes import ArrowChange
from erd2dbt.pipelines.draft_check import with_open_derivations
from erd2dbt.pipelines.generation import plan
from erd2dbt.pipelines.redrafting import Renames, with_new_keys, with_new_names
from erd2dbt.read.boxes.layers import without_prefix
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.write.merging.flow import one_line
from erd2dbt.write.merging.tree import Document

FILE = "spec"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The changed spec. `renames`: in the form of `redraft`; `left`: changes that the spec cannot express.

    `new`: id of a box that people drew -> its name in the spec. `arrows`: the changed lineage, which follows from the
    formulas.
    """

    text: str
    renames: Renames
    left: tuple[str, ...]
    new: Mapping[str, str]
    arrows: tuple[ArrowChange, ...] = ()


def edited(text: str, changes: Changes) -> Edited:
    """Return the spec with the changes. `text` is the spec that was drawn."""
    return _Editor(text, changes).run()


@dataclass(slots=True)
class _Editor:
    text: str
    changes: Changes
    renames: Renames = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    arrows: list[ArrowChange] = field(default_factory=list)

    def run(self) -> Edited:
        erd = self.erd
        known = _known(erd)
        drafted = spec_text(with_open_derivations(draft(self.changes.now, known)))
        source = document(drafted)
        new = read_spec(drafted.encode(), FILE)
        called = _drafted_names(self.changes, new)
        self.changes = _with_names(self.changes, called)
        for name in self.changes.gone:
            self._take(f"{name} was deleted from the board", partial(_without_box, name=name))
        for line in self.changes.lines:
            self._line(line, new)
        for change in self.changes.boxes:
            _BoxEditor(self, change, source, new).run()
        for box in self.changes.new:
            self._new_box(box, source)
        arrows = tuple(ArrowChange(self._now_called(one.was), self._now_called(one.now)) for one in self.arrows)
        return Edited(text=self.text, renames=self.renames, left=tuple(self.left), new=called, arrows=arrows)

    def _now_called(self, arrow: DraftArrow | None) -> DraftArrow | None:
        """Return the arrow with the new names of renamed boxes."""
        start, end = (self.renames.get(("", name), name) for name in arrow.ends) if arrow else ("", "")
        return arrow and replace(arrow, start=start, end=end)

    @property
    def erd(self) -> Erd:
        return read_spec(self.text.encode(), FILE)

    def _take(self, what: str, edit: Callable[[str], str]) -> bool:
        """Make one edit. It is undone if it makes the spec invalid, or has no effect."""
        after = edit(self.text)
        with contextlib.suppress(ErdError, AssertionError):
            read_spec(after.encode(), FILE)
            if after != self.text:
                self.text = after
                return True
        self.left.append(what)
        return False

    take = _take

    def _new_box(self, box: Box, source: Document) -> None:
        for section in ("entities", "models"):
            entry = entry_at(source, (section, box.name))
            if entry is not None:
                copy = partial(with_copy, section=(section,), source=source, entry=entry)
                self._take(f"box {box.name}", copy)
                return
        self.left.append(f"box {box.name} could not be drafted")

    def _line(self, change: LineChange, new: Erd) -> None:
        line = change.now or change.was
        assert line is not None
        what = f"the line from {line.left} to {line.right}"
        is_at_model = {line.left, line.right} & {one.name for one in (*self.erd.models, *new.models)}
        if not change.of and (change.was is not None or is_at_model):
            self.arrows.append(ArrowChange(_arrow(change.was), _arrow(change.now)))
            if self.arrows[-1].has_new_caption:
                self._caption(self.arrows[-1])
            return
        if change.now is None:
            self._take(f"{what} was deleted", partial(link_gone, of=change.of))
            return
        found = links_of(new, change.now)
        if not found:
            self.left.append(f"the columns of {what} are not known")
            return
        self._take(what, partial(link_now, of=change.of, drafted=found[0], was=change.was, now=change.now))

    def _caption(self, change: ArrowChange) -> None:
        """Write a caption into the formulas. It is not an edit if it makes the spec invalid."""
        after = with_caption(self.text, change, self.changes.now)
        with contextlib.suppress(ErdError):
            read_spec(after.encode(), FILE)
            self.text = after


@dataclass(slots=True)
class _BoxEditor:
    """The changes of one box."""

    editor: _Editor
    change: BoxChange
    source: Document
    new: Erd

    def run(self) -> None:
        name = self.change.was.name
        spec = _spec_of(self.editor.erd, name)
        if spec is None:
            self.editor.left.append(f"{name} is derived: the spec has no entry for it")
            return
        section = "entities" if isinstance(spec, Entity) else "models"
        was = {row.name: row for row in self.change.was.rows}
        now = {row.name: row for row in self.change.now.rows}
        for old, new in _renamed(self.change):
            if self._rename_column(spec, old, new):
                was[new] = replace(was.pop(old), name=new)
        for gone in [gone for gone in was if gone not in now]:
            self._remove(section, spec, gone)
        for row in now.values():
            if row.name in was:
                self._change_row(section, spec, was[row.name], row)
        before = None
        for row in now.values():
            if row.name not in was:
                self._add(section, name, row, before)
            before = row.name
        self._key(section, spec, was, now)
        self._title(section, spec)

    # -- its name

    def _title(self, section: str, spec: Entity | ModelSpec) -> None:
        was, now = self.change.was.title, self.change.now.title
        if was == now:
            return
        name = _new_name(self.editor.erd, spec.name, now)
        if name == spec.name:
            return
        renames: Renames = {("", spec.name): name}
        what = f"{spec.name} is titled “{now}” on the board"

        def edit(text: str) -> str:
            after = with_new_names(with_new_keys(text, renames), renames)
            path = (section, name)
            if isinstance(spec, Entity) and node_at(document(after), (*path, "table")) is None and not spec.existing:
                after = with_entry(after, (*path, "table"), scalar(spec.table, in_flow=True))
            olds = [word.text for word in spec.renamed_from]
            after = without(after, (*path, "renamed_from")) if olds else after
            return with_entry(after, (*path, "renamed_from"), yaml_names([*olds, spec.name]))

        if name in _names_of(self.editor.erd):
            self.editor.left.append(f"{what}, and the spec has a {name} already")
        elif self.editor.take(what, edit):
            self.editor.renames |= renames

    def _rename_column(self, spec: Entity | ModelSpec, old: str, new: str) -> bool:
        """Rename a column everywhere, unless the spec then has faults. A raw column keeps its name in the database."""
        before = self.editor.text
        path = ("entities", spec.name, "columns", new)
        attributes = spec.columns if isinstance(spec, Entity) else ()
        raw = {column.name for column in attributes if column.raw == column.name}

        def edit(text: str) -> str:
            after = with_renamed_column(text, self.editor.erd, spec.name, old, new)
            return _with_field(after, path, "from", scalar(old, in_flow=True)) if old in raw else after

        if not self.editor.take(f"{spec.name}.{old} is called {new} on the board", edit):
            return False
        if _is_planned(before) and not _is_planned(self.editor.text):
            self.editor.text = before
            return False
        self.editor.renames[spec.name, old] = new
        return True

    # -- its rows

    def _remove(self, section: str, spec: Entity | ModelSpec, name: str) -> None:
        what = f"{spec.name}.{name} was deleted from the board"
        path, item = (section, spec.name, "columns", name), f"{spec.name}.{name}"
        kept = [] if isinstance(spec, Entity) or spec.keep is None else [word.text for word in spec.keep]
        if entry_at(document(self.editor.text), path) is not None:
            self.editor.take(what, lambda text: without_items(without(text, path), lambda words: words == [item]))
        elif name in kept:
            left = [one for one in kept if one != name]
            self.editor.take(what, lambda text: _with_list(text, (section, spec.name, "keep"), left))
        elif name not in [word.text for word in (spec.grain or ())]:
            self.editor.left.append(f"{what}: the spec does not list it")

    def _add(self, section: str, name: str, row: Row, after: str | None) -> None:
        what = f"{name}.{row.name}"
        path = (section, name, "columns")
        drafted = self._drafted(section, name, row.name)
        if drafted is not None:
            said, comment = drafted
            self.editor.take(
                what,
                lambda text: with_entry(text, (*path, yaml_key(row.name)), said, after=after, comment=comment),
            )
            return
        spec, model = _spec_of(self.editor.erd, name), _spec_of(self.new, name)
        carried = [word.text for word in model.keep or ()] if isinstance(model, ModelSpec) else []
        if isinstance(spec, ModelSpec) and row.name in carried and spec.keep is not None:
            kept = [*(word.text for word in spec.keep), row.name]
            self.editor.take(what, lambda text: _with_list(text, (section, name, "keep"), kept))
        elif not row.has(Key.PK):
            self.editor.left.append(f"{what} could not be drafted")

    def _drafted(self, section: str, name: str, column: str) -> tuple[str, str] | None:
        """Return the drafted value of a column and its comment, from a draft of the whole drawing."""
        entry = entry_at(self.source, (section, name, "columns", column))
        if entry is None:
            return None
        words = self.source.words(entry.end, self.source.line_end(entry.end) + 1)
        target = node_at(document(self.editor.text), (section, name, "columns"))
        written = self.source.source[entry.value.start : entry.value.end]
        is_flow = target is not None and target.flow
        said = one_line(self.source, entry.value) if is_flow or "\n" in written else written
        return said, "".join(f"  {word}" for word in words)

    def _change_row(self, section: str, spec: Entity | ModelSpec, was: Row, now: Row) -> None:
        path = (section, spec.name, "columns", now.name)
        what = f"{spec.name}.{now.name}"
        words, before = (row.derivation or row.description for row in (now, was))
        is_entity = isinstance(spec, Entity) and not now.derivation
        if words and words != before and is_entity:
            self.editor.take(
                what, partial(_with_field, path=path, word="description", said=scalar(words, in_flow=True))
            )
        elif words and words != before:
            if (drafted := self._drafted(section, spec.name, now.name)) is not None:
                self.editor.take(what, lambda text: _with_formula(text, path, drafted[0]))
        elif (now.type or "") != (was.type or ""):
            self._retype(section, path, now, what)
        if isinstance(spec, Entity):
            for word, old, new in (
                ("not_null", was.not_null, now.not_null),
                ("unique", was.has(Key.UK), now.has(Key.UK)),
            ):
                if bool(old) != bool(new) and not now.has(Key.PK):
                    self.editor.take(f"{what}: {word}", _flag(path, word, is_on=bool(new)))

    def _retype(self, section: str, path: tuple[str, ...], now: Row, what: str) -> None:
        node = node_at(document(self.editor.text), path)
        drafted = self._drafted(section, path[1], now.name)
        if section == "models" or node is None or drafted is None or now.type is None:
            self.editor.left.append(f"the type of {what} follows from its derivation")
        elif node.kind == "scalar":
            self.editor.take(what, lambda text: with_value(text, path, drafted[0]))
        elif node.get("type") is not None:
            kind = next(c.type for e in self.new.entities if e.name == path[1] for c in e.columns if c.name == now.name)
            self.editor.take(what, lambda text: with_value(text, (*path, "type"), scalar(kind or "", in_flow=True)))
        else:
            self.editor.left.append(f"the type of {what} follows from its expression")

    def _key(self, section: str, spec: Entity | ModelSpec, was: dict[str, Row], now: dict[str, Row]) -> None:
        keys = [[row.name for row in rows.values() if row.has(Key.PK)] for rows in (was, now)]
        if set(keys[0]) == set(keys[1]):
            return
        word = "key" if section == "entities" else "grain"
        what = f"the {word} of {spec.name}"
        if not keys[1]:
            self.editor.left.append(f"{what}: no row is marked PK on the board")
            return
        self.editor.take(what, lambda text: with_value(text, (section, spec.name, word), yaml_names(keys[1])))


# -- small edits


def _without_box(text: str, name: str) -> str:
    """Return the spec without a box, its links and its items of the board."""
    for section in ("entities", "models"):
        text = without(text, (section, name))
    links = node_at(document(text), ("links",))
    for link in [one.key.value for one in links.entries if one.key and name in one.key.value.split()] if links else []:
        text = without(text, ("links", link))
    return without_items(text, lambda words: name in words or words[0].startswith(f"{name}."))


def _with_list(text: str, path: tuple[str, ...], given: list[str]) -> str:
    if not given:
        return without(text, path)
    if node_at(document(text), path) is None:
        return with_entry(text, path, value(given))
    return with_value(text, path, value(given))


def _with_field(text: str, path: tuple[str, ...], word: str, said: str) -> str:
    """Set a field of a column. A column with only a type becomes a mapping."""
    node = node_at(document(text), path)
    if node is None:
        return text
    if node.kind == "scalar":
        written = text[node.start : node.end] if node.style else scalar(node.value, in_flow=True)
        return with_value(text, path, f"{{type: {written}, {word}: {said}}}")
    return with_value(text, (*path, word), said) if node.get(word) else with_entry(text, (*path, word), said)


def _with_formula(text: str, path: tuple[str, ...], said: str) -> str:
    """Set the formula of a column; its other fields stay."""
    node = node_at(document(text), path)
    if node is not None and node.kind == "mapping" and node.get("is") is not None and not said.startswith("{"):
        return with_value(text, (*path, "is"), scalar(said.strip('"'), in_flow=True))
    return with_value(text, path, said)


def _arrow(line: Line | None) -> DraftArrow | None:
    if line is None:
        return None
    return DraftArrow(start=line.left, end=line.right, caption=" ".join(line.label.split()), id=line.id)


def _flag(path: tuple[str, ...], word: str, *, is_on: bool) -> Callable[[str], str]:
    return lambda text: _with_field(text, path, word, "true") if is_on else without(text, (*path, word))


# -- names


def _known(erd: Erd) -> Known:
    """Return the draft of the drawing with the names of the spec."""
    return Known(
        entities={("raw", one.name): one.name for one in erd.entities},
        models={one.name.casefold().replace("_", ""): one.name for one in erd.models},
        columns={one.name: {column.name: column.name for column in one.columns} for one in erd.entities},
        keys_as_drawn=True,
    )


def _drafted_names(changes: Changes, new: Erd) -> dict[str, str]:
    """Return id of a box that people drew -> its name in the draft: `stg_shops` and `Shops` are the entity `shops`."""
    items = new.board.items if new.board else ()
    names = {one.id: one.of.text for one in items if one.of and not one.column}
    return {box.id: names.get(box.id, box.name) for box in changes.new if box.id is not None}


def _with_names(changes: Changes, called: Mapping[str, str]) -> Changes:
    """Return the changes with people's boxes and their lines under the names of the draft."""
    names = {box.name: called[box.id] for box in changes.new if box.id is not None}

    def line(one: Line | None) -> Line | None:
        return one and replace(one, left=names.get(one.left, one.left), right=names.get(one.right, one.right))

    return replace(
        changes,
        new=tuple(replace(box, name=names.get(box.name, box.name)) for box in changes.new),
        lines=tuple(LineChange(one.of, line(one.was), line(one.now)) for one in changes.lines),
    )


def _names_of(erd: Erd) -> set[str]:
    return {one.name for one in erd.entities} | {one.name for one in erd.models}


def _spec_of(erd: Erd, name: str) -> Entity | ModelSpec | None:
    every: tuple[Entity | ModelSpec, ...] = (*erd.entities, *erd.models)
    return next((one for one in every if one.name == name), None)


def _renamed(change: BoxChange) -> Iterator[tuple[str, str]]:
    """Return the renamed row: it has the same position and the same properties except its name."""
    was, now = change.was.rows, change.now.rows
    names = [{row.name for row in rows} for rows in (was, now)]
    if len(was) != len(now):
        return
    for old, new in zip(was, now, strict=True):
        is_other = old.name not in names[1] and new.name not in names[0]
        if is_other and (old.type, old.keys) == (new.type, new.keys):
            yield old.name, new.name


def _new_name(erd: Erd, name: str, title: str) -> str:
    """Return the name in a title, without the project's prefix and suffix of staging models."""
    from erd2dbt.names.spelling import snake

    plain = snake(title)
    staged = staging_names(erd).get(name, name)
    head, found, tail = staged.partition(name)
    is_like = bool(found) and plain.startswith(head) and plain.endswith(tail) and len(plain) > len(head + tail)
    if is_like:
        return plain[len(head) : len(plain) - len(tail)]
    return without_prefix(plain) or name


def _is_planned(text: str) -> bool:
    with contextlib.suppress(ErdError):
        plan(text.encode(), FILE)
        return True
    return False
