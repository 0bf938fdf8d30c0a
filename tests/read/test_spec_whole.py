"""A whole spec: the reference project, sources, settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from completion import completed

from erd2dbt.diagram.erd import Erd, Settings
from erd2dbt.faults.diagnostics import ErdError, Span
from erd2dbt.read.recognising import is_diagram
from erd2dbt.read.spec.reader import read_spec

REFERENCE = Path(__file__).parents[2] / "specs" / "marketing.yml"


def read(snippet: str) -> Erd:
    return read_spec(completed(snippet), "spec.yml")


def test_the_reference_spec() -> None:
    erd = read_spec(REFERENCE.read_bytes(), "marketing.yml")
    assert erd.project == "marketing_analytics"
    assert [e.name for e in erd.entities] == [
        "campaigns_daily",
        "sessions",
        "conversions",
        "attribution_touchpoints",
    ]
    assert [len(e.columns) for e in erd.entities] == [16, 16, 12, 7]
    assert [[w.text for w in e.key] for e in erd.entities[:2]] == [["campaign_id", "date"], ["session_id"]]
    assert len(erd.links) == 5
    assert [(m.name, len(m.columns)) for m in erd.models] == [
        ("int_customer_lifetime_value", 4),
        ("int_campaign_funnel", 5),
        ("customer_lifetime_value", 2),
        ("campaign_funnel_analysis", 6),
        ("campaign_performance", 15),
        ("daily_summary", 19),
    ]


@pytest.mark.parametrize("first", ["{version: 1", '{"version": 1', "{ version: 1", "{\n  version: 1"])
def test_a_spec_may_be_one_mapping_in_braces(first: str) -> None:
    text = first + ", project: p, sources: {s: {}}, entities: {a: {key: id, columns: {id: int}}}}"
    assert not is_diagram(text.encode())
    assert [e.name for e in read_spec(text.encode(), "spec.yml").entities] == ["a"]


@pytest.mark.parametrize("text", ['{"data": []}', "[]", '{\n  "widgets": []}', "{}"])
def test_a_board_in_json_is_no_spec(text: str) -> None:
    assert is_diagram(text.encode())


def test_sources() -> None:
    found = read(
        "sources:\n  erp:\n"
        "  crm: {schema: Crm Data, database: db, description: d, loader: l, data: files, meta: {a: b},"
        " freshness: {warn_after: {count: 12, period: hour}, error_after: {count: '2', period: day}}}\n"
        "entities:\n  a: {source: crm, key: k, columns: {k: int}}\n"
        "  b: {source: erp, key: k, columns: {k: int}}\n"
    )
    erp, crm = found.sources
    assert (erp.name, erp.schema, erp.freshness) == ("erp", "erp", {})
    assert (crm.schema, crm.database, crm.loader, crm.data) == ("Crm Data", "db", "l", "files")
    assert crm.freshness["error_after"] == {"count": 2, "period": "day"}
    assert [entity.source for entity in found.entities] == ["crm", "erp"]


def test_settings_have_defaults() -> None:
    assert read("").settings == Settings()


def test_all_settings() -> None:
    found = read(
        'description: A shop\nnaming: {staging: "s_{source}_{entity}", number: singular, strip: App_}\n'
        "layout: {properties: model, marts: group}\nstar: {audit: keep, deleted: leave_out}\n"
        "materialized: {staging: table, marts: view}\ntests: {severity: warn, relationships: off, unit: off}\n"
        "contract: off\ntags: [a, b]\nmeta: {team: x}\noutput: out/dbt\n"
    )
    assert found.description == "A shop"
    assert found.settings == Settings(
        naming={"staging": "s_{source}_{entity}"},
        number="singular",
        strip=("app_",),
        layout="model",
        folders={"intermediate": "group", "marts": "group"},
        star_audit="keep",
        star_deleted="leave_out",
        materialized={"staging": "table", "marts": "view"},
        test_severity="warn",
        test_relationships=False,
        test_unit=False,
        contract=False,
        tags=("a", "b"),
        meta={"team": "x"},
        output="out/dbt",
    )


def test_the_same_bytes_give_the_same_diagram() -> None:
    data = REFERENCE.read_bytes()
    assert read_spec(data, "a.yml") == read_spec(data, "a.yml")
    windows = data.replace(b"\n", b"\r\n")
    assert read_spec(b"\xef\xbb\xbf" + windows, "a.yml") == read_spec(data, "a.yml")


def test_faults_come_all_at_once_in_the_order_of_the_text() -> None:
    text = completed("links: {orders -> customers: a}\nproject: a-b\nlayout: x\n")
    with pytest.raises(ErdError) as caught:
        read_spec(text, "spec.yml")
    found = caught.value.diagnostics
    assert [fault.code for fault in found] == ["E036", "E011", "E016"]
    assert [fault.span and fault.span.line for fault in found] == [1, 2, 3]


def test_a_fault_marks_the_guilty_word() -> None:
    with pytest.raises(ErdError) as caught:
        read_spec(completed("project: 'a-b'\n"), "spec.yml")
    assert caught.value.diagnostics[0].span == Span("spec.yml", 1, 10, 15)
