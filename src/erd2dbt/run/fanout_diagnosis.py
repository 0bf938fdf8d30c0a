"""Explains why a test failed: the rows that break it, the models whose proofs rely on its claim, the join that fans
out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erd2dbt.design.plans.plan import Plan
from erd2dbt.diagram import repairs
from erd2dbt.explain.claims import reliance
from erd2dbt.pipelines.generation import Generated
from erd2dbt.pipelines.summary import plural
from erd2dbt.prove.claims import Claim, ClaimKind
from erd2dbt.run.connection import SqlError
from erd2dbt.run.dbt import DbtRun, NodeResult
from erd2dbt.run.sessions import Place, reading
from erd2dbt.sql.prefixes import JoinStep, SelectStep, ctes, steps, tables
from erd2dbt.sql.spelling import ident, spelled_for
from erd2dbt.sqlproof.dbttext import plain

WORST = 5  # maximum data rows in a message
_COUNTED = ("n_records", "row_count")  # the column name that tests use for the number of rows behind a result row
_SHOWN = 8  # maximum columns of such a row: those of a whole key
_SECONDS = 60  # seconds for one diagnostic query


def reasons(generated: Generated, run: DbtRun, project: Path, connection: Place) -> dict[str, tuple[str, ...]]:
    """Return unique id of a failed node -> additional explanations. Facts that cannot be found are omitted."""
    failed = [node for node in run.results if _is_test(node) or _repeats(node)]
    if not failed:
        return {}
    with diagnosing(generated, project, connection) as diagnosis:
        return {node.unique_id: tuple(diagnosis.explained(node)) for node in failed}


@contextmanager
def diagnosing(generated: Generated, project: Path, connection: Place) -> Iterator[FanoutDiagnosis]:
    """Open a read-only session for diagnosis, with a minute for each query. Raises ErdError E704."""
    with reading(connection, _SECONDS) as session, spelled_for(generated.engine.spelling):
        yield FanoutDiagnosis(generated, project, session, connection.schema)


def _texts(select: SelectStep) -> Iterator[tuple[str | None, str | None]]:
    yield from ((select.name, join.text) for join in select.joins)
    yield select.name, select.where


def _new(path: str, is_new: bool) -> str:
    return f". It was not generated: `{path}` was edited" if is_new else ""


def _is_test(node: NodeResult) -> bool:
    return node.status == "fail" and node.resource_type in ("test", "unit_test")


def _repeats(node: NodeResult) -> bool:
    """Return whether the database refused a model because of its primary key, before a test could run."""
    return node.status == "error" and any(words in node.message for words in _DUPLICATES)


# The messages of PostgreSQL and of DuckDB.
_DUPLICATES = ("duplicate key value violates unique constraint", "violates primary key constraint")


@dataclass(frozen=True, slots=True)
class FanoutDiagnosis:
    """Queries a built project. Facts that cannot be found are omitted."""

    generated: Generated
    project: Path
    session: Any
    schema: str

    def explained(self, node: NodeResult) -> Iterator[str]:
        if _repeats(node) or node.resource_type == "unit_test":
            plan = self._plan(node.model or node.name)
            yield from self.fanning_out(plan) if plan is not None else ()
            return
        yield from self._worst(node)
        claims = [claim for claim, test in self.generated.project.guards.items() if test == node.name]
        for claim in claims:
            yield self._relying(claim)
            yield from self._versions(claim)
        plan = self._plan(node.model)
        if plan is not None and "unique" in node.name:
            yield from self.fanning_out(plan)

    def _versions(self, claim: Claim) -> Iterator[str]:
        """Return a remark that rows with the same key may be versions of one entity."""
        entity = next((one for one in self.generated.erd.entities if one.name == claim.relation), None)
        words = repairs.latest(entity) if entity is not None and claim.kind is ClaimKind.KEY else None
        if words:
            yield f"if these rows are versions of one thing, keep the latest of each: `{words}` in `{claim.relation}`"

    def _plan(self, model: str | None) -> Plan | None:
        return next((p for p in self.generated.planned.own if p.relation.model == model), None)

    # -- the rows

    def _worst(self, node: NodeResult) -> Iterator[str]:
        """Return the values that the test found, those with the most rows first."""
        sql = self._text(node.compiled)
        if not sql:
            return
        names = self._columns(sql)
        counted = next((name for name in _COUNTED if name in names), None)
        shown = [name for name in names if name != counted][:_SHOWN]
        order = f"{counted} desc, " if counted else ""
        listed = ", ".join(ident(name) for name in shown)
        rows = self._rows(f"select distinct {listed}{f', {counted}' if counted else ''} "  # noqa: S608 - quoted
                          f"from ({sql}) as failing order by {order}{listed} limit {WORST}")  # fmt: skip
        found = [_row(row, counted=counted is not None) for row in rows if any(value is not None for value in row)]
        if found:
            yield f"for example {', '.join(found)}"

    def _columns(self, sql: str) -> list[str]:
        try:
            with self.session.cursor() as cursor:
                cursor.execute(f"select * from ({sql}) as failing limit 0")  # noqa: S608 - dbt's own query
                return [column.name for column in cursor.description or ()]
        except SqlError:
            return []

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            with self.session.cursor() as cursor:
                cursor.execute(sql)
                found: list[tuple[Any, ...]] = cursor.fetchall()
                return found
        except SqlError:  # a failed diagnosis is not a fault
            return []

    def _text(self, path: str | None) -> str:
        file = self.project / path if path else None
        return file.read_text(encoding="utf-8").strip() if file is not None and file.is_file() else ""

    # -- the claim

    def _relying(self, claim: Claim) -> str:
        found = reliance(claim, self.generated.planned.plans)
        said = [f"one row per grain in {', '.join(found.rows)}"] if found.rows else []
        said += [f"no NULL in the grain of {', '.join(found.filled)}"] if found.filled else []
        said += [f"values of {', '.join(found.values)}"] if found.values else []
        depends = f"It is needed for {'; '.join(said)}" if said else "No proof depends on it"
        kept = "All other models keep" if found.rows or found.filled else "Every model keeps"
        return f"the data breaks the claim `{claim.text}`. {depends}. {kept} one row per grain"

    # -- the join

    def fanning_out(self, plan: Plan) -> Iterator[str]:
        """Return the first select in which a join fans out; without one, the last select in which the grain repeats."""
        sql = self.sql(plan)
        imports = tables(sql) if sql else {}
        repeated = list(self._repeated(plan, sql))
        for select, said in repeated:
            joins = list(self._multiplied(select, imports))
            if joins:
                yield from (said, *joins)
                return
        yield from (said for _, said in repeated[-1:])

    def _repeated(self, plan: Plan, sql: str) -> Iterator[tuple[SelectStep, str]]:
        """Return the selects with several rows for one value of the grain, each with a description."""
        keys, grain = ", ".join(ident(name) for name in plan.relation.grain), ", ".join(plan.relation.grain)
        for select in steps(sql):
            if not set(plan.relation.grain) <= set(select.columns):
                continue
            grains = f"select count(*) from (select distinct {keys} from ({select.rows}) as each_row) as grains"  # noqa: S608
            counted = f"select count(*), ({grains}) from ({select.rows}) as made"  # noqa: S608 - quoted
            for rows, distinct in self._rows(select.head + counted):
                if rows > distinct:
                    where = f"`{select.name}`" if select.name else "the last select"
                    values = f"{plural(rows, 'row')} for {distinct:,} values of ({grain})"
                    yield select, f"in {where} of `{self._path(plan)}`, {values}"

    def sql(self, plan: Plan) -> str:
        """Return the SQL that dbt compiled; for a model that dbt skipped, the SQL of its file."""
        compiled = self._text(f"target/compiled/{self.generated.erd.project}/{self._path(plan)}")
        return compiled or self._with_dbt_names(self._text(self._path(plan)))

    def is_edited(self, plan: Plan) -> bool:
        return self._text(self._path(plan)) != self.generated.files[self._path(plan)].strip()

    def generated_sql(self, plan: Plan) -> str:
        """Return the generated SQL, even if the file was edited since."""
        return self._with_dbt_names(self.generated.files[self._path(plan)]) if self.is_edited(plan) else self.sql(plan)

    def _with_dbt_names(self, text: str) -> str:
        sources = self._manifest().get("sources", {}).values()
        raw = {(node["source_name"], node["name"]): node.get("relation_name") or "" for node in sources}
        return plain(text, self._names(), raw)

    def _names(self) -> dict[str, str]:
        nodes = self._manifest().get("nodes", {}).values()
        return {node["name"]: node.get("relation_name") or "" for node in nodes if node["resource_type"] == "model"}

    def _manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._text("target/manifest.json") or "{}")
        return found

    def _path(self, plan: Plan) -> str:
        return self.generated.project.sql_paths[plan.relation.model]

    def _multiplied(self, select: SelectStep, imports: dict[str, str]) -> Iterator[str]:
        """Return the joins of a select that increase the number of rows."""
        before = self.count(select.before)
        for join in select.joins:
            after = self.count(join.count)
            if before is not None and after is not None and after > before:
                yield self._multiplying(join, before, after, imports)
            before = after

    def changing_rows(self, plan: Plan) -> Iterator[str]:
        """Return every step that changes the number of rows unexpectedly: it is not generated, or it fans out."""
        sql = self.sql(plan)
        imports = tables(sql) if sql else {}
        is_edited = self.is_edited(plan)
        if not is_edited and plan.sql is not None:  # for hand-written SQL, its author declares the grain
            return
        generated = (
            {step for select in steps(self.generated_sql(plan)) for step in _texts(select)} if is_edited else None
        )
        path = self._path(plan)
        for select in steps(sql):
            before = self.count(select.before)
            for join in select.joins:
                after = self.count(join.count)
                is_new = generated is not None and (select.name, join.text) not in generated
                if before is not None and after is not None and (after > before or (after < before and is_new)):
                    yield f"{self._multiplying(join, before, after, imports)}{_new(path, is_new)}"
                before = after
            kept = self.count(select.kept)
            is_new = generated is not None and (select.name, select.where) not in generated
            if before is not None and kept is not None and kept < before and is_new:
                figures = f"{before:,} rows in, {kept:,} rows out{_new(path, is_new)}"
                yield f"the filter that removes rows is `{select.where}`: {figures}"

    def count(self, sql: str | None) -> int | None:
        row = self.row(sql) if sql else None
        return row[0] if row else None

    def row(self, sql: str) -> tuple[Any, ...] | None:
        """Return the first row of a result; None if there is none."""
        return next(iter(self._rows(sql)), None)

    def numbers(self, sql: str, queries: Sequence[str]) -> dict[str, Any]:
        """Run queries of one number each over the CTEs of a model's SQL. Queries that fail are omitted."""
        head = ctes(sql)
        wanted = list(dict.fromkeys(queries))
        if not wanted or not head:
            return {}
        listed = ", ".join(f"coalesce(({query}), 0)" for query in wanted)
        row = self.row(f"{head}select {listed}")
        if row is None and len(wanted) > 1:
            return {q: number for query in wanted for q, number in self.numbers(sql, [query]).items()}
        return dict(zip(wanted, row, strict=True)) if row is not None else {}

    def relation(self, plan: Plan) -> str:
        """Return the relation that dbt created for the model, as SQL."""
        return self._names().get(plan.relation.model) or f"{ident(self.schema)}.{ident(plan.relation.model)}"

    def _multiplying(self, join: JoinStep, before: int, after: int, imports: dict[str, str]) -> str:
        worst = [_row(row, counted=True) for row in self._rows(f"{join.worst} limit {WORST}")] if join.worst else []
        most = f"; most for {', '.join(worst)}" if worst else ""
        figures = f"{before:,} rows in, {after:,} rows out{most}{self._key(join, imports)}"
        return f"the join that fans out is `{join.text}`: {figures}"

    def _key(self, join: JoinStep, imports: dict[str, str]) -> str:
        """Return the grain of the joined relation in the diagram, and the link that is drawn to it."""
        joined = self._plan(imports.get(join.relation, join.relation))
        if joined is None:
            return ""
        name, columns = joined.relation.name, set(join.columns)
        drawn = [
            link.text
            for link in self.generated.erd.links
            if (link.left == name and {a for a, _ in link.columns} == columns)
            or (link.right == name and {b for _, b in link.columns} == columns)
        ]
        links = f"; the diagram draws {' and '.join(f'`{text}`' for text in drawn)}" if drawn else ""
        return f". One row of `{name}` is one ({', '.join(joined.relation.grain)}){links}"


def _row(values: tuple[Any, ...], *, counted: bool) -> str:
    """Return `user_1384 (83 rows)` or `(camp_001, 2025-03-04) (2 rows)`."""
    *keys, last = values if counted else (*values, None)
    words = ["empty" if key is None else str(key) for key in keys]
    named = words[0] if len(words) == 1 else f"({', '.join(words)})"
    return f"{named} ({plural(last, 'row')})" if counted else named
