"""What dbt's runs are told as when dbt itself says little."""

from __future__ import annotations

from collections import Counter

from erd2dbt.run.dbt import DbtRun
from erd2dbt.run.dbt_failures import faults


def run(*, ok: bool, errors: tuple[str, ...] = ()) -> DbtRun:
    return DbtRun(command=("build",), ok=ok, results=(), counts=Counter(), warnings=("odd",), errors=errors)


def test_a_run_that_failed_without_a_word_is_a_fault() -> None:
    (fault,) = faults(run(ok=False), {})
    assert (fault.code, fault.message) == ("E705", "`dbt build` failed and gave no reason")
    assert fault.notes == ("odd",)


def test_what_dbt_says_comes_instead() -> None:
    found = faults(run(ok=False, errors=("Compilation Error\n  no such macro", "Database Error\n  too late")), {})
    assert [fault.message for fault in found] == ["dbt stopped: no such macro", "dbt stopped: too late"]


def test_a_run_that_went_well_is_none() -> None:
    assert faults(run(ok=True), {}) == ()
