"""What tests of several ways to an input share: the one fault of a spec, and the figures of its model `m`."""

from __future__ import annotations

import re
from typing import Any

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import generate


def fault_of(text: str) -> Diagnostic:
    with pytest.raises(ErdError) as refused:
        generate(text.encode(), "spec.yml")
    (fault,) = [one for one in refused.value.diagnostics if one.code.startswith("E")]
    return fault


def figures(cursor: Any, text: str) -> list[tuple[Any, ...]]:
    """The rows of the model `m`, in order, on the tables of `raw`. It reads staging models alone."""
    made = generate(text.encode(), "spec.yml")
    sql = re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", made.files[made.project.sql_paths["m"]])
    cursor.execute(re.sub(r"\{\{ ref\('stg_(\w+)'\) \}\}", r"raw.\1", sql))
    return sorted(cursor.fetchall())
