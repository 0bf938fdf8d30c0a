"""The open decisions of a spec: every `TODO` in it, with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erd2dbt.diagram.erd import (
    TODO,
    Attribute,
    ColumnSpec,
    Entity,
    Erd,
    Expression,
    Formula,
    Link,
    ModelSpec,
    Tier,
)
from erd2dbt.diagram.narrowing import narrowed
from erd2dbt.faults.diagnostics import Collector, Diagnostic, Hint, Span

_FIXES = (
    Hint("replace `TODO`; the comment after it says what is needed"),
    Hint("remove it if it is not needed"),
)


def refuse_todos(erd: Erd) -> None:
    """Raise ErdError with a fault E057 for each."""
    faults = Collector()
    for what, span in todos(erd):
        faults.add("E057", f"{what} is still to be decided", span, fixes=_FIXES)
    faults.raise_if_failed()


def without_todos(erd: Erd) -> tuple[Erd, tuple[Diagnostic, ...]]:
    """The diagram without open parts that no model reads, and a W407 for each.

    An entity with an open key has no key, so it is only staged. Open links, links to such columns, and entities without
    columns are excluded, with their items of the board.
    """
    read = _read(erd)
    open_ = {one.name: one for one in erd.entities if _is_open(one) and one.name not in read}
    bare = {name for name, one in open_.items() if any(column.name == TODO for column in one.columns)}
    links = [one for one in erd.links if {one.left, one.right} & open_.keys() or _of_any(one)]
    faults = Collector()
    for name, one in open_.items():
        what = "its columns are" if name in bare else "its key is"
        then = "it is excluded" if name in bare else "it is staged, and no model reads it"
        faults.add("W407", f"`{name}`: {what} still to be decided, so {then}", one.key[0].span, fixes=_FIXES[:1])
    for link in links if open_ or links else ():
        faults.add("W407", f"`{link.text}` is excluded: it is open, or refers to something open", link.span)
    entities = [replace(one, key=()) if one.name in open_ else one for one in erd.entities if one.name not in bare]
    kept = [one for one in erd.links if one not in links]
    decided = replace(narrowed(erd, entities=entities, links=kept), open_links=tuple(links))
    return decided, tuple(faults.found)


def _read(erd: Erd) -> frozenset[str]:
    """The words of all models. They include all names that models read."""
    texts = [text for model in erd.models for text in _texts(model)]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def _texts(model: ModelSpec) -> Iterator[str]:
    yield from (word.text for word in model.rows)
    yield from (part.text for part in (model.where, model.sql) if part)
    for column in model.columns:
        yield from (part.text for part in parts(column.formula))
    yield from (word.text for word, _ in model.match)


def _is_open(entity: Entity) -> bool:
    return any(word.text == TODO for word in entity.key) or any(column.name == TODO for column in entity.columns)


def _of_any(link: Link) -> bool:
    return any(TODO in pair for pair in link.columns)


def todos(erd: Erd) -> Iterator[tuple[str, Span]]:
    """(`the key of orders`, its place) of each."""
    for entity in erd.entities:
        yield from _of_entity(entity)
    for link in erd.links:
        yield from _of_link(link)
    for model in erd.models:
        yield from _of_model(model)


def _of_entity(entity: Entity) -> Iterator[tuple[str, Span]]:
    yield from ((f"the key of `{entity.name}`", word.span) for word in entity.key if word.text == TODO)
    for column in entity.columns:
        if column.name == TODO:
            yield f"what columns `{entity.name}` has", column.span
        elif is_todo(column):
            yield f"`{column.name}` of `{entity.name}`", _place(column)


def _of_link(link: Link) -> Iterator[tuple[str, Span]]:
    if _of_any(link):
        yield f"the join columns of `{link.text}`", link.span


def _of_model(model: ModelSpec) -> Iterator[tuple[str, Span]]:
    yield from ((f"the grain of `{model.name}`", word.span) for word in model.grain if word.text == TODO)
    yield from ((f"the rows source of `{model.name}`", word.span) for word in model.rows if word.text == TODO)
    if model.where is not None and model.where.text == TODO:
        yield f"the `where` of `{model.name}`", model.where.span
    for column in model.columns:
        if is_todo(column):
            yield f"`{column.name}` of `{model.name}`", _place(column)


def is_todo(column: Attribute | ColumnSpec) -> bool:
    """Whether a part of the column is undecided."""
    given = [column.type, *(part.text for part in parts(column.formula))]
    if isinstance(column.formula, Tier):
        given += [bound.strip("'") for _, bound in column.formula.cuts]
    return TODO in given or getattr(column, "via", None) == TODO


def parts(formula: Formula | None) -> tuple[Expression, ...]:
    """The expressions of a formula."""
    if formula is None:
        return ()
    if isinstance(formula, Expression):
        return (formula,)
    if isinstance(formula, Tier):
        return (formula.value,)
    return (formula.value, *formula.order, *([formula.where] if formula.where else []))


def _place(column: Attribute | ColumnSpec) -> Span:
    return next((part.span for part in parts(column.formula) if part.text == TODO), column.span)
