"""Every repair of every golden fault of a model is pasted. On random rows, no figure changes but the repaired one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from claimed_rows import Row, claimed_rows, raw_type
from erd2dbt.cache.pieces import Pieces
from erd2dbt.diagram.erd import Erd
from erd2dbt.escape.sql import ident
from erd2dbt.faults.diagnostics import Diagnostic, ErdError, Fix, Severity
from erd2dbt.pipelines.autofix import without_failing_fixes
from erd2dbt.pipelines.generation import Generated, Memory, generate
from erd2dbt.read.spec.pasting import composed, pasted, without
from erd2dbt.run.connection import Connection, SqlError, connect
from test_repairs import CASES, HEADS, found_in, spec_of

SOURCE = re.compile(r"\{\{ source\('[^']+', '([^']+)'\) \}\}")
REF = re.compile(r"\{\{ ref\('([^']+)'\) \}\}")
Cells = dict[str, dict[tuple[Any, ...], Row]]  # model -> values of the grain -> row


def named(node: Node | None, name: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else []
    return next((value for key, value in pairs if key.value == name), None)


def filtered(text: str) -> str:
    """The spec with a `where` in each model of one entity's rows that has none, which leaves some rows out."""
    root = composed(text)
    models, entities = named(root, "models"), named(root, "entities")
    for _, body in models.value if isinstance(models, MappingNode) else []:
        rows = named(body, "rows")
        key = named(named(entities, rows.value), "key") if isinstance(rows, ScalarNode) else None
        if isinstance(key, ScalarNode) and named(body, "where") is None:
            where = ScalarNode("tag:yaml.org,2002:str", f"{rows.value}.{key.value}::text <> '2'")
            body.value.append((ScalarNode("tag:yaml.org,2002:str", "where"), where))
    return yaml.serialize(root, Dumper=yaml.CSafeDumper, allow_unicode=True, width=10**6)


class Sound:
    """What is generated of the variants of one spec. Models that differ in no variant are planned once."""

    def __init__(self) -> None:
        self.pieces = Pieces("input.yml")

    def made(self, text: str) -> Generated:
        try:
            return generate(text.encode(), "input.yml", memory=Memory(self.pieces, ""))
        finally:
            self.pieces = self.pieces.next_run(failed=True)

    def of(self, text: str) -> Generated | None:
        """Without the columns and models that have errors; None where the diagram itself has one."""
        text = without(text, ())
        while True:
            try:
                return self.made(text)
            except ErdError as error:
                errors = [fault for fault in error.diagnostics if fault.severity is Severity.ERROR]
            fewer = less(text, errors)
            if fewer == text:
                return None
            text = fewer


def less(text: str, errors: list[Diagnostic]) -> str:
    """The spec without the columns, or else the models, where the errors are."""
    root = composed(text)
    section = named(root, "models")
    lines = {fault.span.line for fault in errors if fault.span}
    for model in [*section.value] if isinstance(section, MappingNode) else []:
        columns = named(model[1], "columns")
        here = lines & {*range(model[0].start_mark.line + 1, model[1].end_mark.line + 1)}
        for pair in [*columns.value] if isinstance(columns, MappingNode) else []:
            inside = here & {
                *range(pair[0].start_mark.line + 1, pair[1].end_mark.line + 1 + (pair[1].end_mark.column > 0))
            }
            if inside:
                columns.value.remove(pair)
                here -= inside
        if here:
            section.value.remove(model)
    return yaml.serialize(root, Dumper=yaml.CSafeDumper, allow_unicode=True, width=10**6)


def cells(cursor: Any, made: Generated) -> Cells:
    """The rows of all models above staging, each a view that is gone afterwards, but those that the server refuses."""
    found: Cells = {}
    cursor.execute("savepoint before")
    built = {one.relation.model for one in made.planned.own if is_built(cursor, made, one.relation.model)}
    for model in made.erd.models:
        if model.name in built:
            cursor.execute(f"select * from {ident(model.name)}")
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            found[model.name] = {tuple(row[word.text] for word in model.grain): row for row in rows}
            assert len(found[model.name]) == len(rows) or model.assume, model.name
    cursor.execute("rollback to savepoint before")
    return found


def is_built(cursor: Any, made: Generated, model: str) -> bool:
    """Whether the model is a view now: the server refuses the sum of a text (W501) and Jinja that nobody renders."""
    sql = made.files[made.project.sql_paths[model]]
    sql = SOURCE.sub(lambda m: f"raw.{ident(m[1])}", REF.sub(lambda m: ident(m[1]), sql))
    try:
        cursor.execute(f"savepoint one; create view {ident(model)} as {sql}")
    except SqlError as error:
        if "sum(text)" not in str(error) and "{%" not in sql:
            raise
        cursor.execute("rollback to savepoint one")
        return False
    return True


def loaded(cursor: Any, erd: Erd, rows: dict[str, list[Row]]) -> None:
    cursor.execute("create schema raw; create schema made")
    cursor.execute("set local search_path = made")
    for entity in erd.entities:
        table = ident(entity.existing.text) if entity.existing else f"raw.{ident(entity.table)}"
        columns = [column for column in entity.columns if column.formula is None]
        cursor.execute(
            f"create table {table} ({', '.join(f'{ident(c.raw or c.name)} {raw_type(c)}' for c in columns)})"
        )
        for row in rows[entity.name]:
            cursor.execute(
                f"insert into {table} values ({', '.join('%s' for _ in columns)})", [row[c.name] for c in columns]
            )


def told(text: str) -> Iterator[tuple[Diagnostic, Fix, str]]:
    """Each repair that is printed of a fault, and the spec with it."""
    for fault in without_failing_fixes(text.encode(), "input.yml", found_in(text)):
        for fix in fault.fixes:
            after = pasted(text, fix, fault.span) if isinstance(fix, Fix) and fix.pastes else None
            if after is not None:
                yield fault, fix, after


def readers(made: Generated, repaired: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The repaired columns and those that read them, here or in other models."""
    found = set(repaired)
    while True:
        more = {
            (model.name, column.name)
            for model in made.erd.models
            for column in [*model.columns, *(model.keep or ())]
            for owner, name in found
            if reads(column, model, owner, name)
        } - found
        if not more:
            return found
        found |= more


def reads(column: Any, model: Any, owner: str, name: str) -> bool:
    text = repr(column)
    if owner == model.name:
        return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text) is not None
    kept = not hasattr(column, "formula") and column.text == name and owner in [word.text for word in model.rows]
    return kept or f"{owner}.{name}" in text


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("form", ["as it stands", "filtered"])
def test_a_repair_changes_no_figure_but_its_own(form: str, kind: str, database: Connection) -> None:
    compared, changed = 0, list[str]()
    with connect(database) as session:
        for case in [case for case in CASES if case.parents[1].name == kind]:
            text = spec_of(case) if form == "as it stands" else filtered(spec_of(case))
            sound = Sound()
            before = sound.of(text)
            for fault, fix, after_text in told(text) if before else ():
                after = sound.of(after_text)
                if after is not None:
                    cursor = session.cursor()
                    loaded(cursor, after.erd, claimed_rows(after.erd, seed=len(after_text)))
                    equal, others = comparison(before, fix, cells(cursor, before), cells(cursor, after))
                    session.rollback()
                    compared += equal
                    changed += [f"{case.parent.name}: {fault.code}: {fix}: {other}" for other in others]
    assert not changed, "\n".join(changed)
    assert compared > 500


def comparison(before: Generated, fix: Fix, was: Cells, now: Cells) -> tuple[int, list[str]]:
    """How many figures are equal before and after the repair, and what differs that it does not name."""
    own = {(p.at[1], p.at[3]) for p in fix.pastes if len(p.at) > 3 and p.at[2] == "columns"}
    own = set() if fix.startswith("accept") else readers(before, own)
    moved = {p.at[1] for p in fix.pastes if len(p.at) > 2 and p.at[2] in ("rows", "where", "grain")}
    equal, changed = 0, list[str]()
    for model in [m for m in before.erd.models if m.name in was and m.name in now]:
        old, new = was[model.name], now[model.name]
        if model.name not in moved and old.keys() != new.keys():
            changed.append(f"other rows of {model.name}")
        for grain in old.keys() & new.keys():
            for name in (old[grain].keys() & new[grain].keys()) - {name for owner, name in own if owner == model.name}:
                if old[grain][name] == new[grain][name]:
                    equal += 1
                else:
                    changed.append(f"{model.name}.{name} of {grain}: {old[grain][name]}, then {new[grain][name]}")
    return equal, changed
