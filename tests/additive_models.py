"""What tests of figures over several models share: the faults of a spec, and the view of its model `m`."""

from __future__ import annotations

import re
from typing import Any

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import generate


def shown(cursor: Any, text: str, query: str) -> list[float | None]:
    """The last column of a query of `raw.m`, rounded to four digits. Every model is a view that reads those before."""
    made = generate(text.encode(), "spec.yml")
    for name in (plan.relation.model for plan in made.planned.own if not plan.relation.model.startswith("stg_")):
        sql = re.sub(r"\{\{ source\('raw', '(\w+)'\) \}\}", r"raw.\1", made.files[made.project.sql_paths[name]])
        sql = re.sub(r"\{\{ ref\('(?:stg_)?(\w+)'\) \}\}", r"raw.\1", sql)
        cursor.execute(f"create view raw.{name} as {sql}")
    cursor.execute(query)
    return [None if row[-1] is None else round(float(row[-1]), 4) for row in cursor.fetchall()]


def faults(text: str) -> list[Diagnostic]:
    """Errors and warnings, without those on whole division, excluded rows and equal names."""
    try:
        remarks = generate(text.encode(), "spec.yml").planned.remarks
    except ErdError as error:
        remarks = error.diagnostics
    return [one for one in remarks if one.code[0] in "EW" and one.code not in ("W310", "W402", "W406")]
