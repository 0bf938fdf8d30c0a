"""Keys and links that the data has and the diagram does not draw.

Links are proposed where a name says so and the values agree: inclusion alone is not evidence, for numbers that count
rows are within each other's range. The profile rules out most links. A sample of each other one is compared with
tables that are small or have an index: at most a hundred short queries beside the two scans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from erd2dbt.datatypes.postgres import family
from erd2dbt.diagram.erd import TODO, Entity, Erd, Link
from erd2dbt.discover.keys import MANY, Sought, find_key
from erd2dbt.discover.links import Inclusion, comparable, matching_reference, sampled
from erd2dbt.discover.queries import SAMPLE, Column, Place, PostgresProbe, Probe
from erd2dbt.escape.sql import literal
from erd2dbt.infer.references import Columns, Edge, Reference, Relation, is_copy, is_covered, references
from erd2dbt.verify.judge import Evidence
from erd2dbt.verify.profile_queries import SMALL
from erd2dbt.verify.tables import Table
from erd2dbt.verify.verdict import Proposal, State, TableFigures, Verdict

_MOST = 100  # questions
_SECONDS = 60  # for one of them
_KEYS = ("_id", "_key", "_no", "_code", "id")
_INDEX = """
select exists (
    select from pg_index as i inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = {}::regclass and a.attname = {} and i.indisvalid and i.indpred is null
)
"""


def looking_for(cursor: Any, seconds: int) -> PostgresProbe:
    """PostgreSQL, with a shorter time limit for each question."""
    cursor.execute("select set_config('statement_timeout', %s, true)", [f"{min(seconds, _SECONDS)}s"])
    return PostgresProbe(cursor)


def undeclared_claims(probe: Probe, bench: Evidence, verdicts: Iterable[Verdict]) -> Iterator[Proposal]:
    """What is proposed, entity by entity; a question that fails proposes nothing."""
    broken = {v.entity for v in verdicts if v.kind == "key" and v.state is State.BROKEN}
    links = list(_links(probe, bench))
    for entity in bench.erd.entities:
        figures = bench.answers.figures.get(entity.name)
        if figures is not None:
            yield from _keys(entity, figures)
            yield from _instead(probe, bench, entity, figures) if entity.name in broken or not entity.key else ()
        yield from (one for one in links if one.entity == entity.name)


# -- keys


def _keys(entity: Entity, figures: TableFigures) -> Iterator[Proposal]:
    """Columns that repeat nowhere, where every row was looked at and there are enough of them to tell."""
    said = {name.text for name in entity.key} if len(entity.key) == 1 else set()
    said |= {a.name for a in entity.columns if a.unique}
    said |= {words[0].text for words in entity.uniques if len(words) == 1}
    if figures.sampled < figures.rows or figures.rows < MANY:
        return
    for column in figures.columns:
        is_key = column.name.endswith(_KEYS) and not is_copy(column.name)
        if is_key and column.name not in said and column.distinct == figures.rows == column.filled:
            yield Proposal(
                kind="unique",
                entity=entity.name,
                columns=(column.name,),
                evidence=f"unique in {figures.rows:,} of {figures.rows:,} rows, never NULL",
                text=f"`{entity.name}.{column.name}` is unique: if that is intended, add `unique: true`",
            )


def _instead(probe: Probe, bench: Evidence, entity: Entity, figures: TableFigures) -> Iterator[Proposal]:
    """Where the drawn key does not hold, one that does."""
    table = bench.found.tables[entity.name]
    place, of = _place(table), ""
    if table.bytes > SMALL or table.is_view:
        source = place.sample(figures.total, SAMPLE)
        place, of = Place(sql=f"(select * from {source}) as few", columns=place.columns, is_view=True), " of a sample"  # noqa: S608
    foreign = frozenset(name for columns in _foreign_key_columns(bench.erd, entity.name) for name in columns)
    found = find_key(probe, Sought(entity=entity.name, place=place, foreign=foreign))
    if found is None or not found.columns or set(found.columns) == {word.text for word in entity.key}:
        return
    shown = ", ".join(found.columns)
    yield Proposal(
        kind="key",
        entity=entity.name,
        columns=found.columns,
        evidence=found.why + of,
        text=f"the key of `{entity.name}` {'does not hold' if entity.key else 'is open'}; ({shown}) would"
        f"{'' if entity.key else ' hold'}: {found.why}{of}",
    )


# -- links


def _links(probe: Probe, bench: Evidence) -> Iterator[Proposal]:
    erd, tables, figures = bench.erd, bench.found.tables, bench.answers.figures
    known = [_relation(erd, entity, tables[entity.name]) for entity in erd.entities if entity.name in tables]
    places = {name: _place(table) for name, table in tables.items()}
    drawn: list[Edge] = [(link.left, link.right, link.columns) for link in _declared(erd)]

    def rows(entity: str) -> int:
        return figures[entity].total if entity in figures else 0

    asked = 0
    found: list[tuple[Reference, Inclusion]] = []
    for some in references(known).values():
        able = [one for one in some if _may_be(one, figures) and comparable(one, places[one.child], places[one.parent])]
        able = [one for one in able if _is_cheap(probe, tables[one.parent], one, rows(one.parent))]
        if (asked := asked + len(able)) > _MOST:
            break
        best = matching_reference(
            {o: sampled(probe, o, places[o.child], places[o.parent], rows(o.child)) for o in able}, rows
        )
        found += [best] if best else []
    edges = drawn + [(one.child, one.parent, one.pairs) for one, _ in found]
    yield from (_proposal(one, held) for one, held in found if not is_covered(one, edges))


def _proposal(one: Reference, held: Inclusion) -> Proposal:
    ends = [
        f"{entity}.{columns[0]}" if len(columns) == 1 else f"{entity}.({', '.join(columns)})"
        for entity, columns in ((one.child, one.columns), (one.parent, one.to))
    ]
    evidence = f"{held.found:,} of {held.values:,} values found; the name matches"
    caps = f"}}o--{'||' if held.filled == held.rows and not held.lost else 'o|'}"
    tied = ", ".join(a if a == b else f"{a} = {b}" for a, b in one.pairs)
    drawn = f"{one.child} {caps} {one.parent}: {tied if len(one.pairs) == 1 else f'[{tied}]'}"
    return Proposal(
        kind="link",
        entity=one.child,
        columns=one.columns,
        target=one.parent,
        target_columns=one.to,
        evidence=evidence,
        text=f"`{ends[0]}` -> `{ends[1]}` is not declared: {evidence}; the link would be `{drawn}`",
    )


def _relation(erd: Erd, entity: Entity, table: Table) -> Relation:
    key = tuple(word.text for word in entity.key)
    alone = tuple((a.name,) for a in entity.columns if a.unique)
    return Relation(
        name=entity.name,
        columns={column.name: column.type for column in table.columns},
        key=key,
        uniques=(*(tuple(word.text for word in words) for words in entity.uniques), *alone),
        tied=frozenset(_foreign_key_columns(erd, entity.name)),
    )


def _declared(erd: Erd) -> Iterator[Link]:
    """The links of the diagram, also those that are excluded because a key is open. Their columns must be known."""
    yield from erd.links
    yield from (link for link in erd.open_links if not any(TODO in pair for pair in link.columns))


def _foreign_key_columns(erd: Erd, entity: str) -> Iterator[Columns]:
    """The columns that lead to other entities, or are led to, unless they are its key alone."""
    keys = {one.name: {word.text for word in one.key} for one in erd.entities}
    for link in _declared(erd):
        for own, place in ((link.left, 0), (link.right, 1)):
            columns = tuple(pair[place] for pair in link.columns)
            other = link.right if place == 0 else link.left
            there = {pair[1 - place] for pair in link.columns}
            if own == entity and (there == keys.get(other) or set(columns) != keys.get(own)):
                yield columns


def _place(table: Table) -> Place:
    columns = {c.name: Column(sql=c.quoted, type=c.type) for c in table.columns if c.comparable}
    return Place(sql=table.relation, columns=columns, is_view=table.is_view or bool(table.path))


def _may_be(one: Reference, figures: dict[str, TableFigures]) -> bool:
    """Whether the profile allows it: both sides have values, there are not more of the child's, the ranges match."""
    child, parent = figures.get(one.child), figures.get(one.parent)
    if child is None or parent is None or not parent.rows:
        return False
    for a, b in one.pairs:
        own, there = child.column(a), parent.column(b)
        if own is None or there is None or not own.filled:
            return False
        is_exact = child.sampled >= child.rows and len(one.pairs) == 1
        if (is_exact and own.distinct > parent.total) or _ranges_are_disjoint(
            own.type, (own.low, own.high), (there.low, there.high)
        ):
            return False
    return True


def _ranges_are_disjoint(type_: str, one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
    if family(type_) not in ("integer", "numeric") or None in (*one, *other):
        return False
    low, high, least, most = (float(text or 0) for text in (*one, *other))
    return high < least or low > most


def _is_cheap(probe: Probe, table: Table, one: Reference, rows: int) -> bool:
    """A small table is read; of a large one the index is asked, where there are some."""
    if not probe.has_indexes:
        return rows <= 10 * SAMPLE
    if table.bytes <= SMALL and not table.is_view and table.estimate <= 10 * SAMPLE:
        return True
    column = table.column(one.to[0])
    if column is None or table.is_view:
        return False
    found = probe.row(_INDEX.format(literal(table.relation), literal(column.raw)))
    return bool(found and found[0])
