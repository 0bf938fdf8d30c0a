"""A diagram drafted again into the spec that people have edited meanwhile: texts in, one text out.

The draft of the last time tells what people wrote from what was drafted. It is kept beside the spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from erd2dbt.diagram.erd import Erd
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span
from erd2dbt.pipelines.deleted_rows import without_deleted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.write.merging.edits import Edit, applied, removed
from erd2dbt.write.merging.merge import Conflict, Merged, merge
from erd2dbt.write.merging.newnames import NOTHING, NewNames
from erd2dbt.write.merging.read import read
from erd2dbt.write.merging.tree import Document, Entry, Node
from erd2dbt.write.merging.values import Side, marked
from erd2dbt.write.refusals import versions

_CHOICES = "`--conflict=ours` takes what the diagram says, `=theirs` keeps yours, `=markers` writes both into the spec"
# A string of SQL, or a name that is behind no dot, perhaps with a column behind it.
_NAME = re.compile(r"'(?:[^']|'')*'|(?<![\w.])(?P<box>[^\W\d]\w*)(?!\w)(?:\.(?P<column>[^\W\d]\w*))?")
_WORDS = ("description", "meta", "tests", "tags", "values", "accept", "assume", "renamed_from", "sql")
_SECTIONS = ("entities", "models")

Renames = dict[tuple[str, str], str]  # (the box of a column, else nothing; old name) -> new name


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrafted:
    """The merged spec. `conflicts` are in it with markers unless a side was preferred.

    `renamed`: (old, new) of things whose item on the board has a new name. `gone` are boxes that are no longer drawn;
    those of them that people had worked on are `kept`. `missed` are boxes that changed and that the spec does not have:
    people took them out, or gave them another name. `uncommented`: what is no longer drawn, and the comments that
    people wrote of it."""

    text: str
    conflicts: tuple[Conflict, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    gone: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    uncommented: tuple[tuple[str, tuple[str, ...]], ...] = ()


def memory_of(spec: Path) -> Path:
    """Where the draft of the last time is kept: `.shop.yml.drafted` beside `shop.yml`."""
    return spec.with_name(f".{spec.name}.drafted")


def redraft(
    before: str, spec: str, now: str, *, prefer: Side | None = None, renames: Renames | None = None
) -> Redrafted:
    """What the diagram changed between two drafts, in the spec; all that people wrote stays. ErdError never.

    `renames` says what has a new name, where the items of the board do not. A box is followed by the id of its item
    when it is renamed. A box that has gone takes its part of the spec along where nobody worked on that; else the part
    stays, with its links."""
    old, new = read_spec(before.encode(), "before"), read_spec(now.encode(), "now")
    renames = _renames(old, new) if renames is None else renames
    rest = without_deleted(before, spec, now, renames)
    before, spec = rest.before, rest.spec
    boxes = {one: new_name for (owner, one), new_name in renames.items() if not owner}
    came = set(_boxes(new))
    left = [name for name in _boxes(old) if boxes.get(name, name) not in came]
    kept = [name for name in left if _is_worked_on(before, spec, name)]
    texts, names = [_draft_without_boxes(before, kept), spec], _names(renames)
    is_circle = _is_circle(renames)
    if is_circle:  # words alone do not tell then which name is meant
        texts, names = [with_new_names(with_new_keys(text, renames), renames) for text in texts], NOTHING
    old_text, new_text = (_as_people_wrote(text, texts[1], before) for text in (texts[0], now))
    merged = merge("spec.yml", old_text, texts[1], new_text, prefer=prefer, names=names)
    merged = _checked(merged, spec, before, now, prefer)
    text = merged.text if merged.conflicts or is_circle else with_new_names(merged.text, renames)
    shown = [(f"{owner}.{name}" if owner else name, now_) for (owner, name), now_ in renames.items()]
    return Redrafted(
        text=text,
        conflicts=merged.conflicts,
        renamed=tuple(shown),
        gone=tuple(name for name in left if name not in kept),
        kept=tuple(kept),
        missed=tuple(_missed(before, now, text, boxes)),
        uncommented=tuple(rest.told.items()),
    )


def _missed(before: str, now: str, text: str, boxes: dict[str, str]) -> Iterator[str]:
    """Boxes that are drawn otherwise than before, of which nothing is in the spec. `boxes`: old name -> new name."""
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
    """One conflict of the whole spec, where what was merged has a key twice or names what is not there."""
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
    """ErdError with the faults of a spec that is empty or broken: nothing can be merged into it."""
    document = read(spec)
    if document is None or document.root.kind != "mapping" or not document.root.entries:
        read_spec(spec.encode("utf-8", "surrogateescape"), file)


def conflict_faults(found: Redrafted, spec: str) -> tuple[Diagnostic, ...]:
    """E069 for each place that people and the diagram changed."""
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


def _renames(old: Erd, new: Erd) -> Renames:
    """By the items of the board."""
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
    """A row of a box that is called otherwise at its place, and is the same in all else."""
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


def _is_circle(renames: Renames) -> bool:
    """Whether something has the name now that another thing had before."""
    olds = set(renames)
    return any((owner, new) in olds for (owner, _), new in renames.items())


def with_new_keys(text: str, renames: Renames) -> str:
    """A spec in which boxes, their columns and their links have their new names where these are keys.

    A value that says what was drafted before is replaced by the merge; so keys are what it has to find."""
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
    """In the quotes of the old one."""
    assert entry.key is not None
    if new != entry.key.value:
        yield Edit(entry.key.start, entry.key.end, f"{entry.key.style}{new}{entry.key.style}")


# -- what people wrote about what has a new name


def with_new_names(text: str, renames: Renames) -> str:
    """Formulas of people's own that still name a box, or a column behind its box, as it was called before."""
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
    """The scalars below `models:` that hold names, not words."""
    if path and path[-1] in _WORDS:
        return
    if node.kind == "scalar":
        yield node
    for entry in node.entries:
        yield from _formulas(entry.value, (*path, entry.key.value) if entry.key else path)


def _renamed(text: str, renames: Renames, columns: set[str]) -> str:
    """A name that is alone may be a column that is called as a box was."""

    def now(match: re.Match[str]) -> str:
        box, column = match["box"], match["column"]
        new = renames.get(("", box or ""), box)
        if column is not None:
            return f"{new}.{renames.get((new, column), column)}"
        return new if box and box not in columns else match[0]

    return _NAME.sub(now, text)


# -- types that people said more about


def _as_people_wrote(draft: str, spec: str, before: str) -> str:
    """A draft in which `status: text` is `status: {type: text}` where people made a mapping of it: they described the
    column, and its type is still the diagram's. `before` is the draft that they started from."""
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
    """A plain scalar such as `numeric(10,2)` needs quotes in a flow mapping."""
    return written if node.style else f'"{written}"' if re.search(r"[,\[\]{}]", written) else written


def _columns(document: Document) -> dict[tuple[str, str], Node]:
    """(entity, column) -> what is said of the column."""
    return {
        (entity.key.value, column.key.value): column.value
        for entity in _entries(document, "entities")
        if entity.key is not None and (columns := entity.value.get("columns")) is not None
        for column in columns.entries
        if column.key is not None
    }


# -- boxes that have gone


def _is_worked_on(before: str, spec: str, name: str) -> bool:
    """Whether people changed the part of an entity or a model, or said something about it in a comment there."""
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
    """A draft as if these boxes had never been drawn: then what the spec says of them is people's own."""
    for name in names:
        document = read(text)
        if document is not None:
            text = applied(text, _cuts(document, name))
    return text


def _cuts(document: Document, name: str) -> Iterator[Edit]:
    """Taken out with its links, unless a section would be left empty."""
    for section in (*_SECTIONS, "links"):
        node = document.root.get(section)
        entries = list(_entries(document, section))
        going = [one for one in entries if one.key and name in _names_in(one.key.value, section)]
        if node is None or len(going) == len(entries):
            continue
        yield from (edit for entry in going if (edit := removed(document, entry, node)) is not None)


def _names_in(key: str, section: str) -> list[str]:
    """A link `orders }o--|| customers` is of both."""
    return key.split() if section == "links" else [key]
