"""Merges a new draft of a diagram into the spec that people have edited since: texts in, one text out.

The last draft distinguishes people's text from drafted text. It is stored beside the spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from erd2dbt.diagram.erd import Erd
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.pipelines.deleted_rows import without_deleted
from erd2dbt.pipelines.formula_readers import readers
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.system.progress import stage
from erd2dbt.write.merging.edits import Edit, applied, removed
from erd2dbt.write.merging.merge import Conflict, Merged, merge
from erd2dbt.write.merging.newnames import NOTHING, NewNames
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.tree import Document, Entry, Node
from erd2dbt.write.merging.values import Side, marked
from erd2dbt.write.refusals import versions

_CHOICES = "`--conflict=ours` takes what the diagram says, `=theirs` keeps yours, `=markers` writes both into the spec"
# A string of SQL, or a name that does not follow a dot, perhaps with a column after it.
_NAME = re.compile(r"'(?:[^']|'')*'|(?<![\w.])(?P<box>[^\W\d]\w*)(?!\w)(?:\.(?P<column>[^\W\d]\w*))?")
_WORDS = ("description", "meta", "tests", "tags", "values", "accept", "assume", "renamed_from", "sql")
_SECTIONS = ("entities", "models")
_WORKED_ON = "people have worked on it"

Renames = dict[tuple[str, str], str]  # (the box of a column, otherwise empty; old name) -> new name


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrafted:
    """The merged spec. `conflicts` are in it with markers, unless a side was preferred.

    `renamed`: (old, new) of elements whose item on the board has a new name. `gone`: boxes that are no longer drawn;
    some are `kept`, and the reason is said. `missed`: changed boxes that people removed from the spec or renamed.
    `uncommented`: elements that are no longer drawn, with people's comments on them.
    """

    text: str
    conflicts: tuple[Conflict, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    gone: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    missed: tuple[str, ...] = ()
    uncommented: tuple[tuple[str, tuple[str, ...]], ...] = ()


def memory_of(spec: Path) -> Path:
    """Return the path of the last draft: `.shop.yml.drafted` beside `shop.yml`."""
    return spec.with_name(f".{spec.name}.drafted")


@stage("merging the diagram into the spec …")
def redraft(
    before: str, spec: str, now: str, *, prefer: Side | None = None, renames: Renames | None = None
) -> Redrafted:
    """Apply the changes between two drafts to the spec; people's text stays. Never raises ErdError.

    `renames`: new names, where board items do not show them. A renamed box is recognised by the id of its item. The
    part of a removed box is removed too, unless people edited it or formulas still read it; then it stays with its
    links.
    """
    old, new = read_spec(before.encode(), "before"), read_spec(now.encode(), "now")
    renames = renames_between(old, new) if renames is None else renames
    rest = without_deleted(before, spec, now, renames)
    before, spec = rest.before, rest.spec
    boxes = {one: new_name for (owner, one), new_name in renames.items() if not owner}
    came = set(_boxes(new))
    left = [name for name in _boxes(old) if boxes.get(name, name) not in came]
    kept = {name: _WORKED_ON for name in left if _is_worked_on(before, spec, name)}
    merging = _Merging(before, spec, now, renames, prefer)
    merged = merging.merged(kept)
    if read_too := _read(merged, [name for name in left if name not in kept]):
        kept |= read_too
        merged = merging.merged(kept)
    shown = [(f"{owner}.{name}" if owner else name, now_) for (owner, name), now_ in renames.items()]
    return Redrafted(
        text=merged.text,
        conflicts=merged.conflicts,
        renamed=tuple(shown),
        gone=tuple(name for name in left if name not in kept),
        kept=tuple(kept.items()),
        missed=tuple(_missed(before, now, merged.text, boxes)),
        uncommented=tuple(rest.told.items()),
    )


@dataclass(frozen=True, slots=True)
class _Merging:
    """The texts of a merge."""

    before: str
    spec: str
    now: str
    renames: Renames
    prefer: Side | None

    def merged(self, kept: Iterable[str]) -> Merged:
        """Merge. Boxes that are `kept` stay, though they are no longer drawn."""
        renames = self.renames
        texts, names = [_draft_without_boxes(self.before, kept), self.spec], _names(renames)
        is_circle = _is_circle(renames, read_spec(self.now.encode(), "now"))
        if is_circle:  # then the text alone does not show which name is meant
            texts, names = [with_new_names(with_new_keys(text, renames), renames) for text in texts], NOTHING
        old_text, new_text = (_as_people_wrote(text, texts[1], self.before) for text in (texts[0], self.now))
        merged = merge("spec.yml", old_text, texts[1], new_text, prefer=self.prefer, names=names)
        merged = _checked(merged, self.spec, self.before, self.now, self.prefer)
        if merged.conflicts or is_circle:
            return merged
        return Merged(with_new_names(merged.text, renames), ())


def _read(merged: Merged, names: Iterable[str]) -> dict[str, str]:
    """Return the boxes that formulas of the merged spec read, and which formulas."""
    if merged.conflicts or not _is_spec(merged.text):
        return {}
    erd = read_spec(merged.text.encode(), "merged")
    found = {name: readers(erd, name) for name in names}
    return {name: f"{text} still reads it" for name, text in found.items() if text}


def _missed(before: str, now: str, text: str, boxes: dict[str, str]) -> Iterator[str]:
    """Return changed boxes that the spec does not contain. `boxes`: old name -> new name."""
    was, is_, spec = (read(one) for one in (before, now, text))
    if was is None or is_ is None or spec is None:
        return
    olds = {new: old for old, new in boxes.items()}
    for entry in (one for section in _SECTIONS for one in _entries(is_, section) if one.key):
        name = entry.key.value if entry.key else ""
        old = _part(was, olds.get(name, name))
        if old is not None and old.value.shape != entry.value.shape and _part(spec, name) is None:
            yield name


def _checked(merged: Merged, spec: str, before: str, now: str, prefer: Side | None) -> Merged:
    """Return a conflict of the whole spec, if the merge has a duplicate key or an unknown name."""
    if merged.conflicts or prefer is not None or not _is_spec(spec) or _is_spec(merged.text):
        return merged
    whole = Conflict(line=1, where="the whole spec", base=before, yours=spec, generated=now)
    return Merged(marked(before, spec, now), (whole,))


def _is_spec(text: str) -> bool:
    try:
        read_spec(text.encode(), "merged")
    except ErdError:
        return False
    return True


def check_readable(spec: str, file: str) -> None:
    """Raise ErdError with the faults of a spec that is empty or invalid, so that a merge is impossible."""
    document = read(spec)
    if document is None or document.root.kind != "mapping" or not document.root.entries:
        read_spec(spec.encode("utf-8", "surrogateescape"), file)


def conflict_faults(found: Redrafted, spec: str) -> tuple[Diagnostic, ...]:
    """Return E069 for each place that both people and the diagram changed."""
    return tuple(
        Diagnostic(
            code="E069",
            message=f"{one.where}: you changed it, and the diagram did, too",
            span=Span(spec, one.line, 1),
            notes=tuple(versions(one)),
            fixes=(_CHOICES, "or write into the spec what the diagram says now, and run it again"),
        )
        for one in found.conflicts
    )


def _boxes(erd: Erd) -> list[str]:
    return [*(one.name for one in erd.entities), *(one.name for one in erd.models)]


def renames_between(old: Erd, new: Erd) -> Renames:
    """Return the renames between two drafts, by the items of the board."""
    before, now = ({one.id: one for one in erd.board.items} if erd.board else {} for erd in (old, new))
    boxes = {
        one.of.text: now[id_].of
        for id_, one in before.items()
        if one.of and not one.column and id_ in now and now[id_].of and not now[id_].column
    }
    found = {("", name): word.text for name, word in boxes.items() if word and word.text != name}
    for id_, one in before.items():
        other = now.get(id_)
        if not (other and other.of and one.column and other.column) or one.column.text == other.column.text:
            continue
        found[other.of.text, one.column.text] = other.column.text
    return found | _renamed_rows(old, new, found)


def _renamed_rows(old: Erd, new: Erd, known: Renames) -> Renames:
    """Return the renamed rows of a box: same position and same properties except the name."""
    found: Renames = {}
    drawn = {one.name: one for one in new.entities}
    for was in old.entities:
        name = known.get(("", was.name), was.name)
        now = drawn.get(name)
        if now is None or len(now.columns) != len(was.columns):
            continue
        names = [{one.name for one in entity.columns} for entity in (was, now)]
        for one, other in zip(was.columns, now.columns, strict=True):
            is_other = one.name not in names[1] and other.name not in names[0]
            if is_other and (one.type, one.not_null, one.unique) == (other.type, other.not_null, other.unique):
                found[name, one.name] = other.name
    return found


def _names(renames: Renames) -> NewNames:
    columns: dict[str, dict[str, str]] = {}
    for (owner, old), new in renames.items():
        if owner:
            columns.setdefault(owner, {})[old] = new
    words = tuple(dict.fromkeys((old, new) for (_, old), new in renames.items()))
    return NewNames(words=words, columns=columns)


def _is_circle(renames: Renames, now: Erd) -> bool:
    """Return whether an element now has the former name of another one."""
    olds = set(renames)
    drawn = {("", name) for name in _boxes(now)}
    return bool(olds & drawn) or any((owner, new) in olds for (owner, _), new in renames.items())


def with_new_keys(text: str, renames: Renames) -> str:
    """Return the spec with new names of boxes, columns and links where these are keys.

    Drafted values are replaced by the merge itself, which needs the new keys to find them.
    """
    document = read(text)
    if document is None:
        return text
    found = [
        *(entry for section in _SECTIONS for entry in _entries(document, section)),
        *_entries(document, "links"),
        *(entry for node in [document.root.get("miro")] if node for entry in node.entries if _has_key(entry, "items")),
    ]
    items = [inner for entry in found if _has_key(entry, "items") for inner in entry.value.entries]
    return applied(text, _new_keys([entry for entry in (*found, *items) if not _has_key(entry, "items")], renames))


def _has_key(entry: Entry, word: str) -> bool:
    return entry.key is not None and entry.key.value == word


def _new_keys(entries: Iterable[Entry], renames: Renames) -> Iterator[Edit]:
    for entry in entries:
        assert entry.key is not None
        words = entry.key.value.split()
        new = [renames.get(("", word), word) for word in words]
        yield from _new_key(entry, " ".join(new))
        columns = entry.value.get("columns")
        for column in columns.entries if columns is not None else entry.value.entries:
            if column.key is not None and (now := renames.get((new[0], column.key.value))):
                yield from _new_key(column, now)


def _new_key(entry: Entry, new: str) -> Iterator[Edit]:
    """Return the new key with the quotes of the old one."""
    assert entry.key is not None
    if new != entry.key.value:
        yield Edit(entry.key.start, entry.key.end, f"{entry.key.style}{new}{entry.key.style}")


# -- what people wrote about what has a new name


def with_new_names(text: str, renames: Renames) -> str:
    """Replace old names of a box, or of a column after its box, in people's own formulas."""
    document = read(text)
    models = document.root.get("models") if document and renames else None
    if document is None or models is None:
        return text
    columns = {entry.key.value for node in _all_nodes(document.root) for entry in node.entries if entry.key}
    edits = []
    for node in _formulas(models, ()):
        quotes = int(node.style in ("'", '"'))
        start, end = node.start + quotes, node.end - quotes
        if (new := _renamed(text[start:end], renames, columns)) != text[start:end]:
            edits.append(Edit(start, end, new))
    return applied(text, edits)


def _all_nodes(node: Node) -> Iterator[Node]:
    yield node
    for entry in node.entries:
        yield from _all_nodes(entry.value)


def _formulas(node: Node, path: tuple[str, ...]) -> Iterator[Node]:
    """Yield the scalars below `models:` that contain names rather than prose."""
    if path and path[-1] in _WORDS:
        return
    if node.kind == "scalar":
        yield node
    for entry in node.entries:
        yield from _formulas(entry.value, (*path, entry.key.value) if entry.key else path)


def _renamed(text: str, renames: Renames, columns: set[str]) -> str:
    """Replace names. A name alone may be a column with the former name of a box."""

    def now(match: re.Match[str]) -> str:
        box, column = match["box"], match["column"]
        new = renames.get(("", box or ""), box)
        if column is not None:
            return f"{new}.{renames.get((new, column), column)}"
        return new if box and box not in columns else match[0]

    return _NAME.sub(now, text)


# -- types that people said more about


def _as_people_wrote(draft: str, spec: str, before: str) -> str:
    """Return the draft with `status: text` as `status: {type: text}` where people changed it to a mapping.

    They added a description, and the type still belongs to the diagram. `before` is the draft that they edited.
    """
    document, was, mine = read(draft), read(before), read(spec)
    if document is None or was is None or mine is None:
        return draft
    started, own = _columns(was), _columns(mine)
    edits = []
    for place, node in _columns(document).items():
        theirs, first = own.get(place), started.get(place)
        is_theirs = theirs is not None and theirs.kind == "mapping" and theirs.get("type") is not None
        if is_theirs and node.kind == "scalar" and first is not None and first.kind == "scalar":
            edits.append(Edit(node.start, node.end, f"{{type: {_in_flow(draft[node.start : node.end], node)}}}"))
    return applied(draft, edits)


def _in_flow(written: str, node: Node) -> str:
    """Return a plain scalar such as `numeric(10,2)` with quotes, which a flow mapping requires."""
    return written if node.style else f'"{written}"' if re.search(r"[,\[\]{}]", written) else written


def _columns(document: Document) -> dict[tuple[str, str], Node]:
    """Return (entity, column) -> the value of the column."""
    return {
        (entity.key.value, column.key.value): column.value
        for entity in _entries(document, "entities")
        if entity.key is not None and (columns := entity.value.get("columns")) is not None
        for column in columns.entries
        if column.key is not None
    }


# -- boxes that have gone


def _is_worked_on(before: str, spec: str, name: str) -> bool:
    """Return whether people changed the part of an entity or a model, or added a comment there."""
    old, now = read(before), read(spec)
    if old is None or now is None:
        return False
    found = [_part(document, name) for document in (old, now)]
    if found[0] is None or found[1] is None:
        return False
    own = set(now.comments_of(found[1])) - set(old.comments_of(found[0]))
    return found[0].value.shape != found[1].value.shape or bool(own)


def _part(document: Document, name: str) -> Entry | None:
    for section in _SECTIONS:
        for entry in _entries(document, section):
            if entry.key is not None and entry.key.value == name:
                return entry
    return None


def _entries(document: Document, section: str) -> Iterable[Entry]:
    node = document.root.get(section)
    return node.entries if node is not None and node.kind == "mapping" else ()


def _draft_without_boxes(text: str, names: Iterable[str]) -> str:
    """Return the draft without these boxes, so that their text in the spec counts as people's own."""
    for name in names:
        document = read(text)
        if document is not None:
            text = applied(text, _cuts(document, name))
    return text


def _cuts(document: Document, name: str) -> Iterator[Edit]:
    """Return the edits that remove boxes with their links, unless a section would become empty."""
    for section in (*_SECTIONS, "links"):
        node = document.root.get(section)
        entries = list(_entries(document, section))
        going = [one for one in entries if one.key and name in _names_in(one.key.value, section)]
        if node is None or len(going) == len(entries):
            continue
        yield from (edit for entry in going if (edit := removed(document, entry, node)) is not None)


def _names_in(key: str, section: str) -> list[str]:
    """Return the names in a link: `orders }o--|| customers` has both."""
    return key.split() if section == "links" else [key]
