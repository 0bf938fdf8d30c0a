"""Whatever the grammar allows, the JSON Schema and the reader take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from read.completion import codes_of

SCHEMA = json.loads((Path(__file__).parents[1] / "specs" / "erd2dbt.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta", "Größe", "x1"])
NAMES = WORDS | st.sampled_from(["order", "naïve col", "50%", "null", "yes", "0"])
PROSE = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12).filter(str.strip)
FORMULAS = st.sampled_from(
    ["sum(a.b)", "ratio(a, b)", "x + 1", "count(distinct a.b) filter (where c = 'd')", "a #>> b"]
)
TYPES = st.sampled_from(["int", "numeric(12,2)", "timestamp with time zone", "text[]"])
LITERALS = st.none() | st.booleans() | st.integers(-999, 999) | st.sampled_from([0.5, "unknown", "it's", "007"])
DATA = st.dictionaries(
    PROSE, st.none() | st.booleans() | st.integers() | PROSE | st.lists(PROSE, max_size=2), max_size=2
)
ONE_OR_MORE = WORDS | st.lists(WORDS, min_size=1, max_size=3, unique=True)
CUTS = st.dictionaries(PROSE, st.integers(0, 9), min_size=1, max_size=2).filter(
    lambda cuts: len(set(cuts.values())) == len(cuts)  # equal cuts, or a date among numbers, are E026: no grammar
) | st.dictionaries(PROSE, st.just("2024-01-01"), min_size=1, max_size=1)
TESTS = st.lists(st.sampled_from(["unique", "p.t", {"range": {"min": 0}}, {"odd": None}]), min_size=1, max_size=2)
OLD = st.just("old")
SWITCHES = st.booleans() | st.sampled_from(["on", "off", "yes", "no"])


def mapping(needed: dict[str, Any], **free: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(needed, optional=free)


def apart(things: dict[str, Any]) -> dict[str, Any]:
    """No two of them had one name before."""
    words = {name: thing for name, thing in things.items() if isinstance(thing, dict) and "renamed_from" in thing}
    return {**things, **{name: {**thing, "renamed_from": f"old {name}"} for name, thing in words.items()}}


SAID = {"description": PROSE, "tests": TESTS, "meta": DATA}
RAW_COLUMN = mapping(
    {"type": TYPES}, **SAID, **{"from": NAMES}, renamed_from=OLD, not_null=SWITCHES, unique=SWITCHES, cast=SWITCHES
)
TIER = mapping({"tier": FORMULAS, "cut": CUTS}, **SAID, **{"else": LITERALS})
COLUMN = TYPES | FORMULAS | RAW_COLUMN | mapping({"is": FORMULAS}, **SAID, type=TYPES) | TIER
ENTITY = mapping(
    {"key": ONE_OR_MORE, "columns": st.dictionaries(NAMES, COLUMN, min_size=1, max_size=3).map(apart)},
    description=PROSE,
    unique=ONE_OR_MORE | st.lists(st.lists(WORDS, min_size=1, max_size=2, unique=True), min_size=1, max_size=2),
    determines=st.dictionaries(WORDS, ONE_OR_MORE, max_size=2),
    loaded_at=WORDS,
    renamed_from=OLD,
    tags=ONE_OR_MORE,
    meta=DATA,
)
WORTH = {
    **SAID,
    "renamed_from": OLD,
    "default": LITERALS,
    "type": TYPES,
    "via": WORDS,
    "values": st.lists(PROSE, min_size=1, max_size=2),
}
ACCEPT = st.dictionaries(st.sampled_from(["W303", "E301", "W402"]), PROSE, max_size=2)
PICK = mapping({"first": FORMULAS}, **WORTH, where=FORMULAS, order=FORMULAS | st.lists(FORMULAS, min_size=1))
MODEL_TIER = mapping({"tier": FORMULAS, "cut": CUTS}, **WORTH, **{"else": LITERALS})
MODEL_COLUMN = FORMULAS | mapping({"is": FORMULAS}, **WORTH, accept=ACCEPT) | PICK | MODEL_TIER
MODEL = mapping(
    {"grain": ONE_OR_MORE, "rows": ONE_OR_MORE},
    description=PROSE,
    where=FORMULAS,
    keep=st.just("all") | st.lists(WORDS, min_size=1, unique=True, max_size=3),
    columns=st.dictionaries(NAMES, MODEL_COLUMN, max_size=3).map(apart),
    match=st.dictionaries(WORDS, st.dictionaries(WORDS, WORDS, max_size=2), max_size=2),
    via=WORDS | st.dictionaries(WORDS, WORDS, max_size=2),
    contract=st.sampled_from(["enforced", "off", False]),
    tests=TESTS,
    renamed_from=OLD,
) | mapping({"grain": ONE_OR_MORE, "sql": PROSE}, assume=st.fixed_dictionaries({"reason": PROSE}))
EXISTING_ENTITY = mapping(
    {"existing": WORDS, "key": ONE_OR_MORE, "columns": st.dictionaries(NAMES, TYPES, min_size=1, max_size=3)},
    description=PROSE,
    determines=st.dictionaries(WORDS, ONE_OR_MORE, max_size=2),
)
PAIRS = st.sampled_from(["a", "a = b", ["a", "b = c"]])
DRAWN = st.sampled_from(["a }o--|| b", "a ||..o{ b", 'a |o--o| "b c"', "b }|--|{ a"])
SPECS = mapping(
    {
        "version": st.just(1),
        "project": st.sampled_from(["shop", "Shop_2"]),
        "sources": st.fixed_dictionaries({"raw": st.none() | mapping({}, schema=NAMES, loader=PROSE, meta=DATA)}),
        "entities": st.dictionaries(WORDS.map("e_{}".format), ENTITY | EXISTING_ENTITY, min_size=1, max_size=2).map(
            apart
        ),
        "models": st.dictionaries(WORDS.map("m_{}".format), MODEL, max_size=2).map(apart),
    },
    miro=mapping({"board": PROSE}, frame=PROSE, items=st.dictionaries(DRAWN | WORDS, PROSE.map(str.strip), max_size=1)),
    links=st.dictionaries(DRAWN, PAIRS | st.dictionaries(WORDS, PAIRS, min_size=1, max_size=2), max_size=2),
    tests=mapping({}, severity=st.sampled_from(["error", "warn"]), relationships=SWITCHES),
    layout=st.sampled_from(["folder", "model", {"marts": "group"}, {"properties": "model", "intermediate": "source"}]),
    naming=mapping(
        {}, fact=st.just("f_{entity}"), number=st.sampled_from(["singular", "as_drawn"]), strip=st.just("a_")
    ),
    star=mapping({}, audit=st.sampled_from(["keep", "leave_out"]), deleted=st.sampled_from(["keep", "leave_out"])),
)


@settings(max_examples=100, deadline=None)
@given(SPECS, st.booleans())
def test_both_take_whatever_the_grammar_allows(whole: dict[str, Any], as_json: bool) -> None:
    VALIDATOR.validate(whole)
    text = json.dumps(whole, ensure_ascii=False) if as_json else yaml.safe_dump(whole, allow_unicode=True)
    assert codes_of(text.encode()) == set()
