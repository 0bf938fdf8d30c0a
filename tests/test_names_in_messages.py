"""No message and no repair has a name that only the tool knows: an id of a proof, or the number of an input."""

from __future__ import annotations

import re

import test_aggregates
import test_repairs
from erd2dbt.design.joins.draft import SIBLING
from erd2dbt.faults.diagnostics import Diagnostic

# `1.order_id`, `1:2.order_id`, an id that is a control character, and the qualifier of a model's own columns
INTERNAL = re.compile(rf"(?<![\w.'\"-])(?:\d+:)*\d+\.[^\W\d]\w*|[\x00-\x08]|(?<![\w.]){SIBLING}\.\w")


def internal_names(found: Diagnostic) -> list[str]:
    return [name for text in (found.message, *found.notes, *found.fixes) for name in INTERNAL.findall(text)]


def test_the_pattern_finds_what_it_is_for() -> None:
    assert INTERNAL.findall("per (1.order_id), (2:1.a), \x01" + "7 and @.x") == ["1.order_id", "2:1.a", "\x01", "@.x"]
    assert not INTERNAL.findall("input.yml:3.5, 1.5 * x, stg.v1.order_id, 100.0 and '1.a'")


def test_faults_of_specs_name_what_their_authors_know() -> None:
    cases = [*test_repairs.CASES, *test_repairs.MISREAD]
    found = [(case.parent.name, d) for case in cases for d in test_repairs.found_in(test_repairs.spec_of(case))]
    wrong = {(case, name) for case, d in found for name in internal_names(d)}
    assert len(cases) > 60
    assert wrong == set()


def test_faults_of_written_sql_name_what_their_authors_know() -> None:
    models = [{"sql": test_aggregates.model_of(grain, sql)} for grain, _, sql in test_aggregates.WRITTEN]
    models += [test_aggregates.models(*case[:3], only=case[4:]) for case in test_aggregates.REFUSED]
    found = test_aggregates.faults_in(test_aggregates.spec_of(models)[0])
    assert len(found) > 200
    assert [(d.message, name) for d in found for name in internal_names(d)] == []
