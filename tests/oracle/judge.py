"""A world held against the tool: its spec is generated, its SQL run on the rows, and every cell compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from erd2dbt.engines.engine import Engine
from erd2dbt.engines.postgres import POSTGRES
from erd2dbt.faults.diagnostics import ErdError, Severity
from erd2dbt.pipelines.generation import generate, plan
from erd2dbt.run.connection import SqlError
from oracle.models import Bag, Look, Model, Own, Ref, evaluated
from oracle.spectext import spec
from oracle.values import Value, literal, same
from oracle.world import Column, Entity, World, sql_type


@dataclass(frozen=True)
class Violation:
    """`kind`: `cell`, `rows` (grain values), `duplicates`, `database` (it refuses the SQL), `type`, `crash`,
    `trap`."""

    kind: str
    model: str
    column: str = ""
    grain: tuple[Value, ...] = ()
    expected: Value = None
    actual: Value = None

    def __str__(self) -> str:
        place = f"{self.model}.{self.column}" if self.column else self.model
        if self.kind in ("database", "crash", "trap"):
            return f"{self.kind}: {place}: {self.actual}"
        return (
            f"{self.kind}: {place} of {shown(self.grain)}: {shown(self.expected)} expected, {shown(self.actual)} found"
        )


@dataclass(frozen=True)
class Refusal:
    """`right`: what was refused has one meaning; else it may be called ambiguous."""

    code: str
    model: str
    message: str
    right: bool


@dataclass
class Verdict:
    """Of `models`, `compared` are held cell by cell, `empty` of them without a row on either side; `refusals` are of
    one each; `dropped` read one that is refused or fails, so that nothing is known of them."""

    models: int = 0
    compared: int = 0
    empty: int = 0
    dropped: int = 0
    cells: int = 0
    violations: list[Violation] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def shown(value: Value) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(map(shown, value)) + ")"
    return str(value) if type(value).__name__ in ("Decimal", "date", "datetime") else repr(value)


def readers(models: Sequence[Model], names: set[str]) -> set[str]:
    """These models and all that read them."""
    found = set(names)
    for model in models:  # each stands behind what it reads
        if model.reads() & found:
            found.add(model.name)
    return found


def accepted(world: World, verdict: Verdict, engine: Engine = POSTGRES) -> tuple[list[Model], Any]:
    """The models that the tool takes, and what it generates of them; those it refuses are noted."""
    models = list(world.models)
    while models:
        text, places = spec(world, models)
        try:
            return models, generate(text.encode(), "spec.yml", engine_of=lambda _: engine)
        except ErdError as error:
            faults = [d for d in error.diagnostics if d.severity is Severity.ERROR]
        except Exception as error:  # a traceback is a fault of the tool, and the world goes on without the model
            verdict.violations.append(Violation("crash", "", actual=f"{type(error).__name__}: {error}"))
            verdict.dropped += len(models)
            return [], None
        blamed = {}
        for fault in faults:
            line = fault.span.line if fault.span else 0
            for model in models:
                if line in places[model.name]:
                    blamed.setdefault(model.name, fault)
        if not blamed:
            verdict.refusals += [Refusal(f.code, "", f"{f.message} ({f.span})", True) for f in faults]
            verdict.dropped += len(models)
            return [], None
        first = {n for n in blamed if not (world.model(n).reads() - {n}) & set(blamed)} or set(blamed)
        for name in sorted(first):
            fault = blamed[name]
            loose = fault.code in world.model(name).loose
            verdict.refusals.append(Refusal(fault.code, name, fault.message, not loose))
        gone = readers(models, first)
        verdict.dropped += len(gone) - len(first)
        models = [m for m in models if m.name not in gone]
    return [], None


_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)
_SOURCE = re.compile(r"\{\{\s*source\('[^']*',\s*'([^']*)'\)\s*\}\}")
_REF = re.compile(r"\{\{\s*ref\('([^']*)'\)\s*\}\}")
_CONFIG = re.compile(r"\{\{\s*config\([^}]*\)\s*\}\}")


def plain_sql(text: str, mark: str = '"') -> str:
    """The SQL of a model, reading relations by their bare names; `mark` is the quote around these."""
    text = _COMMENT.sub("", text)
    text = _SOURCE.sub(lambda m: f"{mark}raw_{m[1]}{mark}", text)
    text = _REF.sub(lambda m: f"{mark}{m[1]}{mark}", text)
    return _CONFIG.sub("", text)


def raw_sql(world: World) -> Iterator[str]:
    """The raw tables with their rows."""
    for entity in world.entities:
        table = f'"{entity.raw}"'
        columns = _raw_columns(entity)
        typed = [f'"{c.raw or c.name}" {"text" if c.cast else sql_type(c)}' for c in columns]
        yield f"create table {table} ({', '.join(typed)})"
        rows = [f"({', '.join(_raw(c, row[c.name]) for c in columns)})" for row in _delivered(world, entity)]
        if rows:
            yield f"insert into {table} values {', '.join(rows)}"


def raw_rows(world: World) -> Iterator[tuple[str, list[tuple[str, str]], list[list[Value]]]]:
    """Each raw table, its columns as (name, type), and its rows."""
    for entity in world.entities:
        columns = _raw_columns(entity)
        typed = [(c.raw or c.name, "text" if c.cast else sql_type(c)) for c in columns]
        rows = [[_delivered_as(c, row[c.name]) for c in columns] for row in _delivered(world, entity)]
        yield entity.raw, typed, rows


def _raw_columns(entity: Entity) -> list[Column]:
    return [c for c in entity.columns if c.is_ is None]


def _delivered(world: World, entity: Entity) -> list[dict[str, Value]]:
    """The rows of an entity, among older versions of them."""
    kept = {tuple(row[k] for k in entity.key) for row in world.rows[entity.name]}
    older = [row for row in world.older.get(entity.name, []) if tuple(row[k] for k in entity.key) in kept]
    return [*older[1::2], *world.rows[entity.name], *older[::2]]


def _delivered_as(column: Column, value: Value) -> Value:
    """A column that is cast in staging is delivered as text."""
    if not column.cast or value is None:
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _raw(column: Column, value: Value) -> str:
    return f"({literal(value)})::text" if column.cast and value is not None else literal(value)


def views(generated: Any) -> dict[str, str]:
    """Model -> SQL, each behind what it reads."""
    mark = generated.engine.names.quoting.mark
    texts = {name: generated.files[path] for name, path in generated.project.sql_paths.items()}
    done: dict[str, str] = {}
    while texts:
        for name, text in list(texts.items()):
            if not texts.keys() & {*_REF.findall(text)}:
                done[name] = plain_sql(texts.pop(name), mark)
    return done


def contracts(generated: Any) -> dict[str, dict[str, str]]:
    """Model -> the type of each column that has one in the YAML of the model."""
    models = [model for file in generated.project.properties for model in file.models]
    return {m.name: {c.name: c.data_type for c in m.columns if c.data_type} for m in models}


@dataclass
class Emitted:
    """The models that the tool takes, and the SQL of everything that they read, in order, with the types of its
    columns."""

    world: World
    models: list[Model]
    sql: dict[str, str]
    types: dict[str, dict[str, str]]
    verdict: Verdict


def emitted(world: World, engine: Engine = POSTGRES) -> Emitted:
    verdict = Verdict(models=len(world.models))
    models, generated = accepted(world, verdict, engine)
    verdict.warnings = [r.code for r in generated.planned.remarks] if generated else []
    if generated is None:
        return Emitted(world, models, {}, {}, verdict)
    return Emitted(world, models, views(generated), contracts(generated), verdict)


def held(made: Emitted, session: Any) -> Verdict:
    """The SQL is run on the rows, and every cell compared."""
    found = replace(made.verdict, violations=[*made.verdict.violations])
    rows = _run(made.world, made.sql, [m.name for m in made.models], session, found)
    tables = evaluated(made.world)
    for model in made.models:
        if model.name in rows:
            compare(model, tables.rows[model.name], rows[model.name], found)
        else:
            found.dropped += 1
    return found


def judged(world: World, session: Any) -> Verdict:
    return held(emitted(world), session)


def _run(world: World, sql: Mapping[str, str], wanted: Sequence[str], session: Any, verdict: Verdict) -> Any:
    """Model -> its rows, in a schema that is gone afterwards."""
    cursor = session.cursor()
    found: dict[str, list[dict[str, Value]]] = {}
    try:
        cursor.execute("create schema w; set local search_path to w; " + "; ".join(raw_sql(world)))
        for name, text in sql.items():
            try:
                cursor.execute(f'savepoint s; create view "{name}" as {text}')
                if name in wanted:
                    cursor.execute(f'select * from "{name}"')
                    heads = [d[0] for d in cursor.description]
                    found[name] = [dict(zip(heads, row, strict=True)) for row in cursor.fetchall()]
                cursor.execute("release savepoint s")
            except SqlError as error:
                cursor.execute("rollback to savepoint s")
                said = str(error).splitlines()[0]
                if not any(f'relation "{other}" does not exist' in said for other in sql):
                    verdict.violations.append(Violation("database", name, actual=said))
    finally:
        session.rollback()
    return found


def compare(
    model: Model, expected: Sequence[Any], actual: Sequence[Any], verdict: Verdict, *, exact: bool = True
) -> None:
    """`exact`: the engine divides decimals as PostgreSQL does."""
    grain = model.grain_names
    verdict.compared += 1
    verdict.empty += not expected and not actual
    if expected and actual and set(expected[0]) != set(actual[0]):
        verdict.violations.append(Violation("database", model.name, actual=f"columns {sorted(actual[0])}"))
        return
    there = {tuple(row[g] for g in grain): row for row in actual}
    wanted = {tuple(row[g] for g in grain): row for row in expected}
    assert len(wanted) == len(expected)
    if len(there) != len(actual):
        seen: set[Any] = set()
        double = next(k for k in (tuple(r[g] for g in grain) for r in actual) if k in seen or seen.add(k))
        verdict.violations.append(Violation("duplicates", model.name, grain=double, expected=1, actual="several"))
    for key in [*wanted, *(k for k in there if k not in wanted)]:
        if (key in wanted) != (key in there):
            verdict.violations.append(
                Violation("rows", model.name, grain=key, expected=int(key in wanted), actual=int(key in there))
            )
            continue
        for name, value in wanted[key].items():
            verdict.cells += 1
            if not same(value, there[key][name], exact=exact):
                verdict.violations.append(Violation("cell", model.name, name, key, value, there[key][name]))


def refused(world: World, models: Sequence[Model]) -> tuple[bool, str]:
    """Whether the tool refuses the last of these, with one of its codes; and what it said."""
    trap = models[-1]
    text, places = spec(world, models)
    try:
        plan(text.encode(), "spec.yml")
    except ErdError as error:
        faults = [d for d in error.diagnostics if d.severity is Severity.ERROR]
        mine = [d for d in faults if d.span and d.span.line in places[trap.name]]
        said = ", ".join(sorted({d.code for d in mine or faults})) + ("" if mine else " elsewhere")
        return any(d.code in trap.trap for d in mine), said
    return False, "accepted"


def root_columns(world: World, verdict: Verdict) -> list[Violation]:
    """One violation of each column that is wrong by itself, not by what it reads."""
    wrong = {(v.model, v.column) for v in verdict.violations if v.kind == "cell"}
    whole = {v.model for v in verdict.violations if v.kind != "cell"}
    found: dict[tuple[str, str], Violation] = {}
    for violation in verdict.violations:
        place = (violation.model, violation.column)
        if place in found or (violation.kind == "cell" and _derived(world, violation, wrong, whole)):
            continue
        found[place] = violation
    return list(found.values())


def _derived(world: World, violation: Violation, wrong: set[tuple[str, str]], whole: set[str]) -> bool:
    model = world.model(violation.model)
    if any((r, violation.column) in wrong for r in model.rows) and violation.column in model.keep:
        return True
    field = next((f for f in model.columns if f.name == violation.column), None)
    terms = list(field.term.parts()) if field else []
    for term in terms:
        if isinstance(term, Own) and (model.name, term.name) in wrong:
            return True
        if isinstance(term, Bag):
            met = {(p.way[-1].end if p.way else term.source, c) for p in term.way.parts for c in p.columns}
            if term.source in whole or met & wrong:
                return True
        if isinstance(term, Ref | Look) and (_end(term), term.column) in wrong | {(w, term.column) for w in whole}:
            return True
    return any(r in whole for r in model.rows)


def _end(term: Ref | Look) -> str:
    if term.steps:
        return term.steps[-1].end
    return term.start if isinstance(term, Look) else term.owner
