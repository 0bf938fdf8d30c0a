"""Lists the differences that a merge made in a spec, for the summary of a run."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping

from erd2dbt.diagram.erd import Attribute, ColumnSpec, Entity, Erd, Link, ModelSpec
from erd2dbt.pipelines.formula_readers import formula_words, readers
from erd2dbt.pipelines.summary import plural

Box = Entity | ModelSpec


def differences(before: Erd, after: Erd, renamed: Mapping[str, str], gone: Container[str] = ()) -> Iterator[str]:
    """Return lines with `added`, `removed` or `changed`. `renamed`: old -> new names of boxes and `box.column`. These
    and `gone` boxes are listed elsewhere."""
    was, now = _boxes(before), _boxes(after)
    olds = {new: old for old, new in renamed.items()}
    for name, box in now.items():
        old = was.get(olds.get(name, name))
        if old is None:
            word = "entity" if isinstance(box, Entity) else "model"
            yield f"added    {word} {name} with {plural(len(_columns(box)), 'column')}"
        else:
            yield from _columns_changed(name, old, box, renamed)
            yield from _columns_removed(old, box, renamed, after)
    left = [name for name in was if name not in now and name not in renamed and name not in gone]
    yield from (f"removed  {name}" for name in left)
    yield from _links(before, after, renamed)


def _boxes(erd: Erd) -> dict[str, Box]:
    every: tuple[Box, ...] = (*erd.entities, *erd.models)
    return {one.name: one for one in every}


def _columns(box: Box) -> dict[str, str]:
    """Return name -> type or derivation, as written; None for a kept column of a model."""
    found = {}
    if isinstance(box, ModelSpec):
        found = {word.text: "" for word in (*box.grain, *(box.keep or ()))}
    return found | {column.name: _column_words(column) for column in box.columns}


def _column_words(column: Attribute | ColumnSpec) -> str:
    return column.type or "" if column.formula is None else formula_words(column.formula)


def _names_before(old: Box, new: Box, renamed: Mapping[str, str]) -> dict[str, str]:
    """Return column -> its name before."""
    olds = {
        after.rpartition(".")[2]: first.rpartition(".")[2]
        for first, after in renamed.items()
        if first.rpartition(".")[0] in (new.name, old.name) and "." in first
    }
    return {column: olds.get(column, column) for column in _columns(new)}


def _columns_removed(old: Box, new: Box, renamed: Mapping[str, str], after: Erd) -> Iterator[str]:
    """Return removed columns, and the formulas that still read them."""
    kept = set(_names_before(old, new, renamed).values())
    for column in [column for column in _columns(old) if column not in kept]:
        reads = readers(after, new.name, column)
        still = f", but {reads} still reads it; draw it again, or change the formula" if reads else ""
        yield f"removed  column {new.name}.{column}{still}"


def _columns_changed(name: str, old: Box, new: Box, renamed: Mapping[str, str]) -> Iterator[str]:
    was, now = _columns(old), _columns(new)
    before = _names_before(old, new, renamed)
    for column, said in now.items():
        first = was.get(before[column])
        if first is None:
            yield f"added    column {name}.{column} {said}".rstrip()
        elif _called(first, renamed) != _called(said, renamed) and before[column] == column:
            yield f"changed  {name}.{column} from {first or 'nothing'} to {said or 'nothing'}"
    keys = [[word.text for word in (one.key if isinstance(one, Entity) else one.grain)] for one in (old, new)]
    if [before.get(key, key) for key in keys[1]] != keys[0]:
        yield f"changed  the key of {name} from {', '.join(keys[0])} to {', '.join(keys[1])}"
    rows = [[word.text for word in one.rows] for one in (old, new) if isinstance(one, ModelSpec)]
    if len(rows) > 1 and [renamed.get(word, word) for word in rows[0]] != rows[1]:
        yield f"changed  the rows of {name} from {', '.join(rows[0])} to {', '.join(rows[1])}"


def _called(text: str, renamed: Mapping[str, str]) -> str:
    """Return a formula or a link with the new names."""
    return re.sub(r"\w+", lambda word: renamed.get(word[0], word[0]), text)


def _links(before: Erd, after: Erd, renamed: Mapping[str, str]) -> Iterator[str]:
    was, now = (
        {_called(text, renamed): frozenset((link.left, link.right)) for text, link in _links_by_name(erd)}
        for erd in (before, after)
    )
    gone = {text: frozenset(renamed.get(end, end) for end in ends) for text, ends in was.items() if text not in now}
    for text, ends in now.items():
        if text in was:
            continue
        other = next((one for one, its in gone.items() if its == ends), None)
        if other is None:
            yield f"added    link {text}"
        else:
            del gone[other]
            yield f"changed  link {other} to {text}"
    yield from (f"removed  link {text}" for text in gone)


def _links_by_name(erd: Erd) -> Iterator[tuple[str, Link]]:
    for link in erd.links:
        yield (f"{link.text} ({link.role})" if link.role else link.text), link
