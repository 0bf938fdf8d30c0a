"""What a faulty spec gets, word for word; `ERD2DBT_UPDATE_GOLDEN=1` writes the expected texts anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from erd2dbt.faults.diagnostics import ErdError, as_text
from erd2dbt.read.spec.reader import read_spec

CASES = sorted(path.parent for path in Path(__file__).parent.glob("faults/reading/*/input.yml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_faults_of_reading(case: Path) -> None:
    data = (case / "input.yml").read_bytes()
    with pytest.raises(ErdError) as caught:
        read_spec(data, "input.yml")
    found = caught.value.diagnostics
    assert all(fault.span is not None and fault.fixes for fault in found)
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    said = as_text(found, {"input.yml": text}) + "\n"
    expected = case / "expected.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
