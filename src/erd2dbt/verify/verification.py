"""The whole of verifying: a generated project and a connection in, a report out. Writes nothing anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from erd2dbt.diagram.erd import Erd
from erd2dbt.discover.queries import WarehouseProbe
from erd2dbt.explain.claims import ExplainedClaim, explained_claims
from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import Generated
from erd2dbt.run.adapter import Warehouse, WarehouseError
from erd2dbt.run.connection import Connection
from erd2dbt.verify.claim_queries import Pair
from erd2dbt.verify.judge import Evidence, board_items, judge, listed, schema_verdicts
from erd2dbt.verify.notes import notes
from erd2dbt.verify.plan import PARTNERS, REPEATS, is_kept, link_pair, mirrored, obstacle, pair_of, statements
from erd2dbt.verify.profile_queries import unexpected
from erd2dbt.verify.query_runner import Answers, Inquiry, Progress, Terms, sql_errors_as_faults
from erd2dbt.verify.tables import Found, Table, find
from erd2dbt.verify.undeclared import looking_for, undeclared_claims
from erd2dbt.verify.verdict import WORST, LinkFigures, Proposal, Report, State, Verdict
from erd2dbt.verify.warehouse_profile_queries import rows_of
from erd2dbt.verify.warehouse_query_runner import WarehouseInquiry
from erd2dbt.verify.warehouse_tables import find_tables


def verify(
    generated: Generated,
    connection: Connection | Warehouse,
    schemas: Mapping[str, str],
    terms: Terms,
    progress: Progress,
) -> Report:
    """Every claim of the diagram checked against the data. `schemas`: source -> schema. ErdError E704.

    PostgreSQL is asked by its own driver, any other warehouse through its dbt adapter."""
    began = time.monotonic()
    if isinstance(connection, Warehouse):
        made = _of_warehouse(generated, connection, schemas, terms, progress)
    else:
        made = _of_postgres(generated, connection, schemas, terms, progress)
    return replace(made, seconds=time.monotonic() - began)


def _of_postgres(
    generated: Generated, connection: Connection, schemas: Mapping[str, str], terms: Terms, progress: Progress
) -> Report:
    erd, explained = generated.erd, explained_claims(generated)
    inquiry = Inquiry(connection, terms, progress)
    with sql_errors_as_faults(connection), inquiry.cursor() as cursor:
        found = find(cursor, erd, schemas, connection.schema)
        inquiry.share(cursor)
        answers = _answers(inquiry, erd, explained, found)
        bench = Evidence(erd=erd, found=found, answers=answers, sample=terms.sample, items=board_items(erd))
        verdicts = _judged(inquiry, bench, explained)
        proposed = tuple(undeclared_claims(looking_for(cursor, terms.seconds), bench, verdicts))
    return _report(bench, verdicts, proposed)


def _of_warehouse(
    generated: Generated, warehouse: Warehouse, schemas: Mapping[str, str], terms: Terms, progress: Progress
) -> Report:
    erd, explained = generated.erd, explained_claims(generated)
    inquiry = WarehouseInquiry(warehouse, terms, progress)
    try:
        found = find_tables(warehouse, erd, schemas)
    except WarehouseError as error:
        message = f"{warehouse.shown} does not list its tables: {error}"
        raise ErdError([Diagnostic(code="E704", message=message)]) from None
    answers = _answers(inquiry, erd, explained, found)
    bench = Evidence(erd=erd, found=found, answers=answers, sample=terms.sample, items=board_items(erd))
    verdicts = _judged(inquiry, bench, explained)
    proposed = tuple(undeclared_claims(WarehouseProbe(warehouse), bench, verdicts))
    return _report(bench, verdicts, proposed)


def _judged(inquiry: Inquiry | WarehouseInquiry, bench: Evidence, explained: Sequence[ExplainedClaim]) -> list[Verdict]:
    verdicts = [*schema_verdicts(bench), *(judge(bench, one) for one in explained)]
    return _exemplified(inquiry, bench.found, _in_order(bench.erd, verdicts))


def _report(bench: Evidence, verdicts: Sequence[Verdict], proposed: tuple[Proposal, ...]) -> Report:
    erd, answers = bench.erd, bench.answers
    links = tuple(_observed(erd, answers)) if bench.sample is None else ()
    return Report(
        project=erd.project,
        verdicts=tuple(verdicts),
        tables=tuple(answers.figures[e.name] for e in erd.entities if e.name in answers.figures),
        links=links,
        notes=(*(one.text for one in proposed), *notes(erd, bench.found, answers, links)),
        proposals=proposed,
        seconds=0.0,
        sample=bench.sample,
    )


def _answers(
    inquiry: Inquiry | WarehouseInquiry, erd: Erd, explained: Iterable[ExplainedClaim], found: Found
) -> Answers:
    tables = found.tables
    claims = [one.claim for one in explained if not obstacle(one.claim, tables, erd)]
    pairs = dict.fromkeys(link_pair(link) for link in erd.links if inquiry.terms.sample is None)
    for claim in claims:
        if claim.kind in PARTNERS and (inquiry.terms.sample is not None or mirrored(pair_of(claim)) not in pairs):
            pairs[pair_of(claim)] = None
    repeats = [claim for claim in claims if claim.kind in REPEATS]
    kept = {claim for claim in repeats if is_kept(claim, tables[claim.relation])}
    able: list[Pair] = [pair for pair in pairs if not obstacle(pair, tables, erd)]
    asked = statements([claim for claim in repeats if claim not in kept], able, tables)
    return replace(inquiry.ask(tables.values(), asked), kept=kept)


def _in_order(erd: Erd, verdicts: list[Verdict]) -> list[Verdict]:
    places = {entity.name: n for n, entity in enumerate(erd.entities)}
    return sorted(verdicts, key=lambda v: places.get(v.entity, len(places)))


def _exemplified(inquiry: Inquiry | WarehouseInquiry, found: Found, verdicts: list[Verdict]) -> list[Verdict]:
    """The worst rows of what is broken and was only counted."""
    asked = {
        v.id: query
        for v in verdicts
        if v.state is State.BROKEN and not v.worst and (query := _examples(v, found.tables.get(v.entity)))
    }
    rows = inquiry.worst(asked)
    return [
        replace(v, worst=tuple((listed(list(keys)), int(count)) for *keys, count in rows[v.id])) if v.id in rows else v
        for v in verdicts
    ]


def _examples(verdict: Verdict, table: Table | None) -> str | None:
    """Values and how often they are there; of empty ones the keys of their rows."""
    if table is None or verdict.kind == "missing":
        return None
    columns = [column for name in verdict.columns if (column := table.column(name)) is not None]
    rows = rows_of(table) if columns[0].is_foreign else table.rows
    if verdict.kind in ("type", "values"):
        name = columns[0].quoted
        wrong = unexpected(columns[0]) if verdict.kind == "values" else f"not ({columns[0].fits})"
        return (
            f"select cast({name} as text) as v, count(*) as n from {rows} where {name} is not null "  # noqa: S608
            f"and {wrong} group by {name} order by 2 desc, 1 limit {WORST}"
        )
    keys = [column for word in table.entity.key if (column := table.column(word.text)) is not None]
    shown = ", ".join(f"cast({key.quoted} as text) as k{n}" for n, key in enumerate(keys)) or "cast(null as text) as k"
    empty = " or ".join(f"{column.quoted} is null" for column in columns)
    order = ", ".join(str(n + 1) for n in range(max(1, len(keys))))
    return f"select {shown}, 1 as n from {rows} where {empty} order by {order} limit {WORST}"  # noqa: S608


def _observed(erd: Erd, answers: Answers) -> Iterator[LinkFigures]:
    for link in erd.links:
        found = answers.pairs.get(link_pair(link))
        if found is None:
            continue
        own, figures = [a for a, _ in link.columns], answers.figures.get(link.left)
        columns = [figures.column(name) for name in own] if figures else []
        empty = max((figures.rows - c.filled for c in columns if figures and c), default=0)
        yield LinkFigures(
            text=link.text,
            place=link.span,
            left=link.left,
            right=link.right,
            columns=link.columns,
            left_values=found[0],
            right_values=found[1],
            shared=found[2],
            most_left=found[3],
            most_right=found[4],
            left_empty=empty,
        )
