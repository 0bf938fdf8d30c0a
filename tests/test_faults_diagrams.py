"""What a diagram gets that cannot be read, word for word; `ERD2DBT_UPDATE_GOLDEN=1` writes the expected texts anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from erd2dbt.faults.diagnostics import ErdError, as_text
from erd2dbt.read.recognising import read_diagram

CASES = sorted(path for path in Path(__file__).parent.glob("faults/diagrams/*/input.*"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_faults_of_diagrams(case: Path) -> None:
    data, frame = case.read_bytes(), case.parent / "frame.txt"
    with pytest.raises(ErdError) as caught:
        read_diagram(data, case.name, frame=frame.read_text(encoding="utf-8") if frame.exists() else None)
    found = caught.value.diagnostics
    assert all(fault.span is not None and fault.fixes for fault in found)
    shown = {case.name: data.decode("utf-8", "replace")} if len(data) < 10_000 and b"\0" not in data else {}
    said = as_text(found, shown) + "\n"
    expected = case.parent / "expected.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
