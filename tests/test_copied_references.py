"""A column that copies a key of a row that may be missing: inputs are joined by the rows' own columns, not by it."""

from __future__ import annotations

import yaml

from erd2dbt.pipelines.generation import generate

PARTNERS = {
    "entities": {
        "sites": {"key": "site_id", "columns": {"site_id": "int"}},
        "halls": {"key": "hall_id", "columns": {"hall_id": "int", "site_id": "int", "height": "int"}},
        "yards": {"key": "yard_id", "columns": {"yard_id": "int"}},
        "depots": {"key": "depot_id", "columns": {"depot_id": "int"}},
    },
    "links": {
        "halls |o--|| sites": "site_id",
        "yards |o--|| sites": "yard_id = site_id",
        "depots |o--|| sites": "depot_id = site_id",
    },
    "models": {
        "places": {"grain": "site_id", "rows": ["halls", "yards"], "match": {"yards": {"site_id": "yard_id"}}},
        "stocked": {"grain": "site_id", "rows": "places", "columns": {"depot": "depots.depot_id"}},
        "m": {"grain": "site_id", "rows": "stocked", "columns": {"height": "halls.height"}},
    },
}
PASSED = {
    "entities": {
        "areas": {"key": "area_id", "columns": {"area_id": "int", "size": "int"}},
        "stops": {"key": "stop_id", "columns": {"stop_id": "int", "area_id": "int"}},
        "calls": {"key": "call_id", "columns": {"call_id": "int", "stop_id": "int"}},
    },
    "links": {"stops }o--|| areas": "area_id", "calls }o--|| stops": "stop_id"},
    "models": {
        "early": {"grain": "call_id", "rows": "calls", "where": "call_id < 5", "keep": ["stop_id"]},
        "listed": {"grain": "call_id", "rows": "calls", "columns": {"early_stop": "early.stop_id"}},
        "m": {"grain": "size", "rows": "areas", "columns": {"calls": "count(listed.call_id)"}},
    },
}


def joins(diagram: dict[str, object]) -> list[str]:
    spec = {"version": 1, "project": "p", "sources": {"s": {}}, **diagram}
    plan = generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml").planned.plans[-1]
    return [joined.text for joined in plan.joined]


def test_a_partner_of_the_grain_is_not_looked_up_by_the_key_of_another_partner() -> None:
    """`depot` equals `site_id`, but only where the site has a depot."""
    assert joins(PARTNERS) == ["halls on site_id (halls |o--|| sites)"]


def test_a_key_that_a_filtered_model_passes_on_is_not_the_key_of_the_row() -> None:
    """`early_stop` is NULL for all calls that `early` leaves out."""
    (last,) = [text for text in joins(PASSED) if text.startswith("stops")]
    assert "early_stop" not in last
