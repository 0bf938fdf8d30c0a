"""The whole of verifying: a generated project and a connection in, a report out. Writes nothing anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from erd2dbt.diagram.erd import Erd
from erd2dbt.escape.sql import ident
from erd2dbt.explain.claims import ToldClaim, claims_told
from erd2dbt.pipelines.generation import Generated
from erd2dbt.run.connection import Connection
from erd2dbt.verify.asking import Answers, Inquiry, Progress, Terms, refusals_told
from erd2dbt.verify.claims import Pair
from erd2dbt.verify.figures import unexpected
from erd2dbt.verify.judge import Bench, board_items, judge, listed, schema_verdicts
from erd2dbt.verify.notes import notes
from erd2dbt.verify.plan import PARTNERS, REPEATS, is_kept, link_pair, mirrored, obstacle, pair_of, statements
from erd2dbt.verify.tables import Found, Table, find
from erd2dbt.verify.undeclared import undrawn
from erd2dbt.verify.verdict import WORST, LinkFigures, Report, State, Verdict


def verify(
    generated: Generated,
    connection: Connection,
    schemas: Mapping[str, str],
    terms: Terms,
    progress: Progress,
) -> Report:
    """Every claim of the diagram held against the data. `schemas`: source -> schema. ErdError E704."""
    began = time.monotonic()
    erd, told = generated.erd, claims_told(generated)
    inquiry = Inquiry(connection, terms, progress)
    with refusals_told(connection), inquiry.cursor() as cursor:
        found = find(cursor, erd, schemas, connection.schema)
        inquiry.share(cursor)
        answers = _asked(inquiry, erd, told, found)
        bench = Bench(erd=erd, found=found, answers=answers, sample=terms.sample, items=board_items(erd))
        verdicts = [*schema_verdicts(bench), *(judge(bench, one) for one in told)]
        verdicts = _exemplified(inquiry, found, _in_order(erd, verdicts))
        proposed = tuple(undrawn(cursor, bench, verdicts, terms.seconds))
    links = tuple(_observed(erd, answers)) if terms.sample is None else ()
    return Report(
        project=erd.project,
        verdicts=tuple(verdicts),
        tables=tuple(answers.figures[e.name] for e in erd.entities if e.name in answers.figures),
        links=links,
        notes=(*(one.text for one in proposed), *notes(erd, found, answers, links)),
        proposals=proposed,
        seconds=time.monotonic() - began,
        sample=terms.sample,
    )


def _asked(inquiry: Inquiry, erd: Erd, told: Iterable[ToldClaim], found: Found) -> Answers:
    tables = found.tables
    claims = [one.claim for one in told if not obstacle(one.claim, tables, erd)]
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


def _exemplified(inquiry: Inquiry, found: Found, verdicts: list[Verdict]) -> list[Verdict]:
    """The worst rows of what is broken and was only counted."""
    asked = {
        v.id: query
        for v in verdicts
        if v.state is State.BROKEN and not v.worst and (query := _examples(v, found.tables.get(v.entity)))
    }
    rows = inquiry.worst(asked)
    return [
        replace(v, worst=tuple((listed(list(keys)), count) for *keys, count in rows[v.id])) if v.id in rows else v
        for v in verdicts
    ]


def _examples(verdict: Verdict, table: Table | None) -> str | None:
    """Values and how often they stand there; of empty ones the keys of their rows."""
    if table is None or verdict.kind == "missing":
        return None
    columns = [column for name in verdict.columns if (column := table.column(name)) is not None]
    if verdict.kind in ("type", "values"):
        name = ident(columns[0].raw)
        wrong = unexpected(columns[0]) if verdict.kind == "values" else f"not {columns[0].fits}"
        return (
            f"select {name}::text, count(*) from {table.rows} where {name} is not null and {wrong} "  # noqa: S608
            f"group by 1 order by 2 desc, 1 limit {WORST}"
        )
    keys = [column for word in table.entity.key if (column := table.column(word.text)) is not None]
    shown = ", ".join(f"{ident(key.raw)}::text" for key in keys) or "null::text"
    empty = " or ".join(f"{ident(column.raw)} is null" for column in columns)
    order = ", ".join(str(n + 1) for n in range(max(1, len(keys))))
    return f"select {shown}, 1 from {table.rows} where {empty} order by {order} limit {WORST}"  # noqa: S608


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
