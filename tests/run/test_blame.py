"""What dbt's runs are told as when dbt itself says little."""

from __future__ import annotations

from collections import Counter

import pytest

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


SPARK_SAYS = """Runtime Error in model per_order (models/marts/per_order.sql)
  An error occurred while calling o51.sql.
  : org.apache.spark.SparkException: Job aborted: org.apache.spark.SparkArithmeticException: {said}
  == SQL(line 34, position 9) ==
  n + 1 as more

  \tat org.apache.spark.sql.errors.ExecutionErrors.arithmeticOverflowError(ExecutionErrors.scala:127)
  \tat java.base/java.lang.Thread.run(Thread.java:840)
  Caused by: org.apache.spark.SparkArithmeticException: {said}
  \t... 1 more
"""


@pytest.mark.parametrize("said", ["[ARITHMETIC_OVERFLOW] long overflow.", "[CAST_INVALID_INPUT] 'x' is no INT."])
def test_java_is_left_out(said: str) -> None:
    (fault,) = faults(run(ok=False, errors=(SPARK_SAYS.format(said=said),)), {})
    words = "\n".join((fault.message, *fault.notes))
    assert words.count(said) == 1
    assert "n + 1 as more" in words
    assert "java" not in words.lower()
    assert "org.apache" not in words
