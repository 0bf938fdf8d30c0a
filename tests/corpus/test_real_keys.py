"""Keys and links of real schemas, dropped and found again; the scores are held to what was found."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from corpus.schemas import loaded, needed
from erd2dbt.diagram.drawing import Key
from erd2dbt.discover.drafts import from_rows
from erd2dbt.draft.diagram import draft
from erd2dbt.draft.keys import with_proposals
from erd2dbt.draft.undeclared import ends_of, key_of
from erd2dbt.notate.spec import spec_text
from erd2dbt.pipelines import generation
from erd2dbt.run.catalog import read_catalog
from erd2dbt.verify.query_runner import Terms
from erd2dbt.verify.verification import verify

if TYPE_CHECKING:
    from erd2dbt.diagram.drawing import Box, Diagram
    from erd2dbt.draft.values import Draft
    from erd2dbt.run.connection import Connection

# (proposed, right, drawn); of keys, and of links. A key of fewer columns than the drawn one counts as wrong, though it
# holds; so does a link that the rows have and nobody drew.
ROWS = {
    "chinook": ((11, 11, 11), (10, 10, 11)),
    "northwind": ((13, 13, 14), (11, 11, 13)),
    "pagila": ((15, 14, 15), (21, 21, 21)),
    "adventureworks": ((66, 58, 68), (86, 69, 88)),
}
NAMES = {
    "chinook": ((11, 11, 11), (10, 10, 11)),
    "northwind": ((13, 13, 14), (11, 11, 13)),
    "pagila": ((15, 14, 15), (22, 21, 21)),
    "adventureworks": ((60, 48, 68), (82, 64, 88)),
}
# Of links alone: what `verify` proposes where all keys are drawn and no links are. The twelve others of Adventureworks
# lead to the root of a chain of subtypes, which names and rows allow as well.
VERIFIED = {"chinook": (10, 10, 11), "northwind": (10, 10, 13), "pagila": (20, 20, 21), "adventureworks": (68, 56, 88)}
ALL = tuple(ROWS) if os.environ.get("ERD2DBT_CORPUS_ALL") else ("chinook", "northwind")


@needed
@pytest.mark.parametrize("name", ALL)
def test_what_is_dropped_is_found_again(name: str, postgres_server: Connection) -> None:
    connection = loaded(name, postgres_server)
    diagram = read_catalog(connection)
    drawn, bare = draft(diagram), draft(without(diagram, keys=True))
    assert score(drawn, from_rows(bare, connection, lambda _: None)) == ROWS[name]
    assert score(drawn, with_proposals(bare)) == NAMES[name]
    made = generation.generate((spec_text(draft(without(diagram))) + "models: {}\n").encode(), f"{name}.yml")
    schemas = {source.name: source.schema for source in made.erd.sources}
    report = verify(made, connection, schemas, Terms(), lambda _: None)
    proposed = {
        (one.entity, one.target, frozenset(zip(one.columns, one.target_columns, strict=True)))
        for one in report.proposals
        if one.kind == "link"
    }
    assert (len(proposed), len(proposed & links(drawn)), len(links(drawn))) == VERIFIED[name]


@needed
@pytest.mark.parametrize("name", ALL[:2])
def test_nothing_is_proposed_where_all_is_drawn(name: str, postgres_server: Connection) -> None:
    connection = loaded(name, postgres_server)
    drawn = draft(read_catalog(connection))
    assert from_rows(drawn, connection, lambda _: None).links == drawn.links


def without(diagram: Diagram, *, keys: bool = False) -> Diagram:
    """The diagram without its links, and without all that tells its keys."""
    return replace(diagram, lines=(), boxes=tuple(_bare(box) if keys else _unmarked(box) for box in diagram.boxes))


def _unmarked(box: Box) -> Box:
    rows = tuple(replace(row, keys=tuple(key for key in row.keys if key is not Key.FK)) for row in box.rows)
    return replace(box, rows=rows)


def _bare(box: Box) -> Box:
    rows = tuple(replace(row, keys=(), not_null=None, unique=False) for row in box.rows)
    return replace(box, rows=rows, keys=(), uniques=())


def score(drawn: Draft, found: Draft) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    keys = {one.name: set(key_of(one)) for one in drawn.entities}
    proposed = {one.name: set(key_of(one)) for one in found.entities if key_of(one)}
    right = sum(keys[name] == key for name, key in proposed.items())
    return (len(proposed), right, len(keys)), (len(links(found)), len(links(drawn) & links(found)), len(links(drawn)))


def links(one: Draft) -> set[tuple[str, str, frozenset[tuple[str, str]]]]:
    return {(*ends_of(link), frozenset(link.pairs)) for link in one.links}
