"""Reads the spec language: YAML text → `Erd`. Checks grammar and types of values, but not references."""

from __future__ import annotations

from erd2dbt.diagram.erd import Entity, Erd, ModelSpec, Source
from erd2dbt.faults.diagnostics import Collector
from erd2dbt.names.length import cut
from erd2dbt.names.validity import fault_of_project
from erd2dbt.read.spec import names
from erd2dbt.read.spec.board import board
from erd2dbt.read.spec.entities import entity
from erd2dbt.read.spec.fields import (
    Field,
    Grammar,
    Reader,
    entries,
    is_misspelt,
    is_nothing,
    kind,
    record,
)
from erd2dbt.read.spec.links import links
from erd2dbt.read.spec.long_names import shortened
from erd2dbt.read.spec.models import model
from erd2dbt.read.spec.settings import SETTINGS, settings, source
from erd2dbt.read.spec.values import text
from erd2dbt.read.yaml.source import MappingNode, compose, without_collection


def read_spec(data: bytes, file: str) -> Erd:
    """Return the diagram in a spec file. Raises ErdError with all of its faults, each with its place in `file`."""
    with without_collection():
        return _read(data, file)


def _read(data: bytes, file: str) -> Erd:
    """Separate from `read_spec`, so that the nodes are freed before the garbage collector resumes."""
    document = compose(data, file)
    reader = Reader(document, Collector())
    if not isinstance(document.root, MappingNode):
        fix = "start with `version: 1`, `project: my_project`, `sources:` and `entities:`"
        reader.fault("E009", f"a spec is a mapping, not {kind(document.root)}", document.root, fix)
        reader.faults.raise_if_failed()
    erd = _erd(reader, Field("spec", document.root, document.root))
    reader.faults.raise_if_failed()
    return shortened(erd)


def _erd(reader: Reader, root: Field) -> Erd:
    given = record(reader, root, SPEC)
    sources = _sources(reader, given.get("sources"))
    entities = _entities(reader, given.get("entities"), tuple(s.name for s in sources))
    models = _models(reader, given.get("models"))
    _check_names(reader, sources, entities, models)
    return Erd(
        project=given.get("project", ""),
        span=reader.span(root.value),
        sources=sources,
        entities=entities,
        links=given.get("links", ()),
        models=models,
        is_plain="models" not in given and not is_misspelt(reader, "models"),
        description=given.get("description"),
        board=given.get("miro"),
        settings=settings(given),
    )


def _sources(reader: Reader, field: Field | None) -> tuple[Source, ...]:
    found = _named(reader, field, "source", "sources: {raw: {schema: public}}")
    return tuple(source(reader, entry) for entry in found)


def _entities(reader: Reader, field: Field | None, sources: tuple[str, ...]) -> tuple[Entity, ...]:
    found = _named(reader, field, "entity", "entities: {orders: {key: order_id, columns: {order_id: bigint}}}")
    return tuple(entity(reader, entry, sources) for entry in found)


def _models(reader: Reader, field: Field | None) -> tuple[ModelSpec, ...]:
    if field and is_nothing(field.value):
        fix = "write `models: {}` for staging models only"
        reader.fault("E009", "`models` has no value", field.key, fix)
        return ()
    found = entries(reader, field) if field else None
    return tuple(model(reader, entry) for entry in found or ())


def _named(reader: Reader, field: Field | None, what: str, example: str) -> list[Field]:
    """Return the entries of `sources:` or `entities:`, at least one."""
    found = entries(reader, field) if field else None
    if field and found is not None and not found:
        reader.fault("E009", f"`{field.name}` contains no {what}", field.value, f"write `{example}`")
    return found or []


def _check_names(
    reader: Reader, sources: tuple[Source, ...], entities: tuple[Entity, ...], models: tuple[ModelSpec, ...]
) -> None:
    """Check that entities and models have distinct names: the first word of a path may be either."""
    in_paths = [("entity", e.name, e.span) for e in entities]
    in_paths += [("model", m.name, m.span) for m in models]
    names.check_clashes(in_paths, reader.faults)
    names.check_clashes([("source", s.name, s.span) for s in sources], reader.faults)
    _check_old_names(reader, entities, models)
    _check_tables(reader, entities)


def _check_old_names(reader: Reader, entities: tuple[Entity, ...], models: tuple[ModelSpec, ...]) -> None:
    columns = [e.columns for e in entities] + [m.columns for m in models]
    for scope in (entities, models, *columns):
        names.check_renamed([(one.name, one.renamed_from) for one in scope], reader.faults)


def _check_tables(reader: Reader, entities: tuple[Entity, ...]) -> None:
    """Report fault E012 for each raw table of two entities: dbt allows a source table once."""
    first: dict[tuple[str, str], Entity] = {}
    for one in (e for e in entities if e.existing is None):
        other = first.setdefault((one.source, cut(one.table)), one)
        if other is not one and other.name != one.name:
            message = f"entity `{one.name}` reads the raw table `{one.table}`, as `{other.name}` does"
            fixes = (f"name its own table: `table: {one.name}`", "make one entity of the two")
            reader.faults.add("E012", f"{message} of line {other.span.line}", one.span, fixes=fixes)


def _version(reader: Reader, field: Field) -> str:
    given = text(reader, field)
    if given not in ("", "1"):
        reader.fault("E013", f"version {given} of the spec language is not known", field.value, "write `version: 1`")
    return given


def _project(reader: Reader, field: Field) -> str:
    name = text(reader, field)
    if name and (fault := fault_of_project(name)):
        reader.fault("E011", f"the project's name `{name}` {fault}", field.value, "write `project: my_project`")
    return name


def _later(_reader: Reader, field: Field) -> Field:
    """Read sources, entities and models last, because they depend on other fields."""
    return field


SPEC = Grammar(
    what="a spec",
    fields={
        "version": _version,
        "project": _project,
        "description": text,
        "sources": _later,
        "entities": _later,
        "links": links,
        "models": _later,
        "miro": board,
        **SETTINGS,
    },
    required={
        "version": "version: 1",
        "project": "project: my_project",
        "sources": "sources: {raw: {schema: public}}",
        "entities": "entities: {orders: {key: order_id, columns: {order_id: bigint}}}",
    },
)
