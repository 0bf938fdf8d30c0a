"""A part of a diagram: the entities that `--only` and `--exclude` select, and the parts that this excludes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from erd2dbt.diagram.drawing import Box, Diagram, Key, Line, Row, Seen
from erd2dbt.diagram.erd import Entity, Erd, Unselected
from erd2dbt.diagram.narrowing import narrowed
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Span, did_you_mean

_SHOWN = 5  # the most names in a sentence
_KINDS = ("tag", "group", "source")


@dataclass(frozen=True, slots=True)
class Selection:
    """Patterns: a name, a glob, or one with the prefix `tag:`, `group:` or `source:`. Without any: everything."""

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.only or self.exclude)

    def key(self, data: bytes) -> bytes:
        """A cache key that is unique for this selection of a spec."""
        return b"%s\0%s" % (repr((self.only, self.exclude)).encode(), data) if self else data


ALL = Selection()


@dataclass(frozen=True, slots=True)
class _Thing:
    """A thing that patterns are compared with. `name`: its final name."""

    name: str
    names: tuple[str, ...]
    said: Mapping[str, tuple[str, ...]]  # tag, group, source

    def fits(self, kind: str, pattern: str) -> bool:
        known = self.said[kind] if kind else self.names
        wanted = pattern.casefold()
        return any(one.casefold() == wanted or fnmatchcase(one.casefold(), wanted) for one in known)


def _parsed_pattern(pattern: str) -> tuple[str, str]:
    """(tag, group, source or empty; the pattern)."""
    kind, colon, rest = pattern.partition(":")
    return (kind, rest) if colon and kind in _KINDS else ("", pattern)


def _chosen(things: Sequence[_Thing], selection: Selection, models: Sequence[str] = ()) -> set[str]:
    """The names of the selected things. ErdError E039 for patterns without a match, and for an empty result."""
    faults: list[Diagnostic] = []

    def fitting(option: str, patterns: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for pattern in patterns:
            kind, wanted = _parsed_pattern(pattern)
            fit = {thing.name for thing in things if thing.fits(kind, wanted)}
            found |= fit
            if not fit:
                faults.append(_nothing(option, pattern, things, models))
        return found

    only, exclude = fitting("--only", selection.only), fitting("--exclude", selection.exclude)
    kept = (only if selection.only else {thing.name for thing in things}) - exclude
    if not kept and not faults:
        faults.append(Diagnostic(code="E039", message="the selection is empty", fixes=("exclude fewer",)))
    if faults:
        raise ErdError(faults)
    return kept


def _nothing(option: str, pattern: str, things: Sequence[_Thing], models: Sequence[str]) -> Diagnostic:
    kind, wanted = _parsed_pattern(pattern)
    message = f"`{option} {pattern}`: there is no {f'entity with this {kind}' if kind else 'such entity'}"
    if not kind and wanted in models:
        why = "it is a model. Models follow from the entities that they read, so select these"
        return Diagnostic(code="E039", message=message, fixes=(why,))
    known = [word for thing in things for word in (thing.said[kind] if kind else (thing.name,))]
    listed = f"known: {_listed(sorted(set(known)))}" if known else f"no entity has a {kind}"
    fixes = tuple(fix.replace("`", f"`{kind}:", 1) if kind else fix for fix in did_you_mean(wanted, known))
    return Diagnostic(code="E039", message=message, fixes=fixes or (listed,))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


# -- of a diagram, before it is drafted


def of_diagram(diagram: Diagram, selection: Selection) -> tuple[Diagram, frozenset[str]]:
    """The selected boxes and the lines between them; and the names of the others."""
    if not selection:
        return diagram, frozenset()
    kept = _chosen([_box(box) for box in diagram.boxes], selection)
    lines = tuple(line for line in diagram.lines if {line.left, line.right} <= kept)
    cut = [line for line in diagram.lines if line not in lines]
    untied = {end for line in cut for end in _linked_columns(line)} - {
        end for line in lines for end in _linked_columns(line)
    }
    boxes = tuple(
        replace(box, rows=tuple(_freed(row, (box.name, row.name) in untied, kept) for row in box.rows))
        for box in diagram.boxes
        if box.name in kept
    )
    left = [box.name for box in diagram.boxes if box.name not in kept]
    seen = (*diagram.seen, *_excluded(diagram, left, len(cut)))
    return replace(diagram, boxes=boxes, lines=lines, seen=seen), frozenset(left)


def _box(box: Box) -> _Thing:
    raw = box.table or box.title
    qualified = f"{box.schema}.{raw}" if box.schema else raw
    group = (box.group,) if box.group else ()
    said = {"tag": (*box.tags, *group), "group": group, "source": (box.schema,) if box.schema else ()}
    return _Thing(box.name, (box.name, raw, qualified), said)


def _linked_columns(line: Line) -> Iterator[tuple[str, str]]:
    pairs = line.pairs or ([(line.left_row, line.right_row)] if line.left_row and line.right_row else [])
    for left, right in pairs:
        yield line.left, left
        yield line.right, right


def _freed(row: Row, is_untied: bool, kept: set[str]) -> Row:
    """The column without its reference to an excluded box."""
    leads_out = row.references is not None and row.references.split(".")[0] not in kept
    if not (is_untied or leads_out) or not row.has(Key.FK):
        return row
    return replace(row, keys=tuple(key for key in row.keys if key is not Key.FK), references=None)


def _excluded(diagram: Diagram, left: Sequence[str], cut: int) -> Iterator[Seen]:
    span = Span(diagram.file, 1, 1)
    if left:
        yield Seen(kind=f"{len(left)} of {len(diagram.boxes)} entities", why="not selected", span=span)
    if cut:
        yield Seen(
            kind=f"{cut} of {len(diagram.lines)} links", why="they refer to entities that are not selected", span=span
        )


# -- of a spec


def of_erd(erd: Erd, selection: Selection, reads: Callable[[Erd], Mapping[str, Iterable[str]]]) -> Erd:
    """The selected entities, the links between them, and the models that read nothing else.

    `reads`: model -> the entities and models that it reads.
    """
    if not selection:
        return erd
    schemas = {source.name: source.schema for source in erd.sources}
    things = [_entity(entity, schemas) for entity in erd.entities]
    kept = _chosen(things, selection, [model.name for model in erd.models])
    links = tuple(link for link in erd.links if {link.left, link.right} <= kept)
    gone = {entity.name for entity in erd.entities if entity.name not in kept}
    lost = _unselected_inputs(erd, gone, reads(erd) if gone and erd.models else {})
    entities = tuple(entity for entity in erd.entities if entity.name in kept)
    left = Unselected(
        entities=tuple(entity.name for entity in erd.entities if entity.name in gone),
        links=len(erd.links) - len(links),
        models=tuple(lost.items()),
    )
    sources = {entity.source for entity in entities}
    models = (model for model in erd.models if model.name not in lost)
    return replace(
        narrowed(erd, entities=entities, links=links, models=models),
        sources=tuple(source for source in erd.sources if source.name in sources),
        unselected=left,
    )


def _entity(entity: Entity, schemas: Mapping[str, str]) -> _Thing:
    source = tuple(dict.fromkeys(word for word in (entity.source, schemas.get(entity.source, "")) if word))
    qualified = tuple(f"{word}.{entity.table}" for word in source)
    group = (entity.group,) if entity.group else ()
    said = {"tag": (*entity.tags, *group), "group": group, "source": source}
    return _Thing(entity.name, (entity.name, entity.table, *qualified), said)


def _unselected_inputs(erd: Erd, gone: set[str], reads: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Model -> the first excluded entity or model that it reads."""
    lost: dict[str, str] = {}
    while True:
        away = gone | lost.keys()
        more = {
            model.name: missing
            for model in erd.models
            if model.name not in lost and (missing := next((n for n in reads.get(model.name, ()) if n in away), None))
        }
        if not more:
            return {model.name: lost[model.name] for model in erd.models if model.name in lost}
        lost |= more
