"""Repairs of links whose columns are of two types are accepted as they are pasted; right ones are not warned of."""

from __future__ import annotations

import re

import pytest

from erd2dbt.diagram.repairs import scalar
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines import generation

SPEC = """
version: 1
project: parcels
sources: {raw: {schema: raw}}
entities:
  parcels:
    key: parcel_id
    columns:
      parcel_id: KEY
  scans:
    key: scan_id
    columns:
      scan_id: bigint
      parcel_id: REFERENCE
links:
  scans }o--|| parcels: parcel_id
models:
  scan_parcels: {grain: scan_id, rows: scans, columns: {parcel: parcels.parcel_id}}
"""


def spec(key: str, reference: str) -> str:
    return SPEC.replace("KEY", key).replace("REFERENCE", reference)


def told(text: str) -> list[tuple[str, tuple[str, ...]]]:
    try:
        remarks = generation.generate(text.encode(), "spec.yml").planned.remarks
    except ErdError as error:
        remarks = error.diagnostics
    return [(fault.code, tuple(fault.fixes)) for fault in remarks]


@pytest.mark.parametrize(
    ("key", "reference", "code"),
    [
        ("numeric(12,2)", "double precision", "E206"),
        ("double precision", "numeric(15,4)", "E206"),
        ("numeric(6,2)", "real", "E206"),
        ("uuid", "text", "E206"),
        ("text", "int", "E206"),
        ("varchar(3)", "int", "E206"),
        ("numeric(4,2)", "text", "E206"),
        ("varchar(3)", "char(3)", "E206"),
        ("char(3)", "varchar(9)", "E206"),
        ("date", "timestamp", "W206"),
        ("timestamp", "date", "W206"),
    ],
)
def test_every_repair_is_accepted_as_pasted(key: str, reference: str, code: str) -> None:
    found = told(spec(key, reference))
    assert [fault for fault, _ in found] == [code]
    assert not any("(" in fix for fix in found[0][1])  # a cast to a bounded type cuts or rounds values
    for fix in found[0][1]:
        side, column = re.findall(r"`([^`]*)`", fix)[-2:]
        given = column.replace("<why>", "all are at midnight").removeprefix("parcel_id: ")
        assert told(spec(given, reference) if side == "parcels" else spec(key, given)) == [], fix


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        ("bigint", "double precision"), ("double precision", "bigint"), ("numeric", "double precision"),
        ("numeric(12,2)", "real"), ("real", "numeric(7,0)"), ("time", "timetz"), ("timestamp", "timestamptz"),
    ],
)  # fmt: skip
def test_no_cast_is_offered_that_could_merge_values(key: str, reference: str) -> None:
    ((code, fixes),) = told(spec(f"{{type: {scalar(key, flow=True)}}}", f"{{type: {scalar(reference, flow=True)}}}"))
    assert code == "E206"
    assert not any("cast: true" in fix for fix in fixes)


@pytest.mark.parametrize(
    ("key", "reference"),
    [("timestamptz", "timestamp"), ("timestamp", "timestamptz"), ("date", "timestamptz"), ("timestamptz", "date")],
)
def test_moments_are_linked_in_one_time_zone(key: str, reference: str) -> None:
    ((code, (fix,)),) = told(spec(key, reference))
    column = re.findall(r"`([^`]*)`", fix)[-1]
    text = spec(key, f"{reference}\n      {column}").replace(
        ": parcel_id\nmodels", ": parcel_id_utc = parcel_id\nmodels"
    )
    assert code == "E206"
    assert told(text) == []


@pytest.mark.parametrize(
    ("key", "reference"),
    [("int", "bigint"), ("bigint", "numeric"), ("text", "varchar(9)"), ("double precision", "int"), ("mood", "mood")],
)
def test_types_that_keep_values_apart_go_together(key: str, reference: str) -> None:
    given = [f'{{type: "{type_}"}}' for type_ in (key, reference)]
    assert [code for code, _ in told(spec(*given)) if code != "I605"] == []  # no unit test of an unknown type


UNION = """
version: 1
project: parcels
sources: {raw: {schema: raw}}
entities:
  sent: {key: [label, n], columns: {label: FIRST, n: int, weight: int}}
  found: {key: [label, n], columns: {label: OTHER, n: int, weight: int}}
links: {}
models:
  labels: {grain: label, rows: [sent, found], columns: {sent: sum(sent.weight), found: sum(found.weight)}}
"""


@pytest.mark.parametrize(
    ("first", "other", "cast"),
    [("char(4)", "text", "text"), ("char(4)", "varchar(9)", "text"), ("name", "text", "text")],
)
def test_a_union_does_not_merge_values_that_are_different(first: str, other: str, cast: str) -> None:
    """PostgreSQL gives it the type of its first part, which takes blanks from texts or cuts them."""
    text = UNION.replace("FIRST", first).replace("OTHER", other)
    assert told(text) == [("E206", (f"cast the raw column in `sent`: `label: {{type: {cast}, cast: true}}`",))]
    assert not told(UNION.replace("FIRST", f"{{type: {cast}, cast: true}}").replace("OTHER", other))
    if first != "char(4)" or other == "text":
        assert not told(UNION.replace("FIRST", other).replace("OTHER", first))
