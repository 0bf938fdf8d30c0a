"""The bug that this tool is for: a join by hand that turns a mart of some 2,000 customers into 145,000 rows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main

ROOT = Path(__file__).parents[1]
PICK = """\
      acquisition_channel:
        first: attribution_touchpoints.channel
        where: touchpoint_position = 1
        order: timestamp                    # the key is appended when the order is not total (I204)
        default: unknown
"""


@pytest.fixture
def reference(tmp_path: Path) -> str:
    text = (ROOT / "specs" / "marketing.yml").read_text(encoding="utf-8")
    return text.replace("../examples/marketing/data", str(ROOT / "examples" / "marketing" / "data"))


def test_the_fan_out_does_not_compile(reference: str, tmp_path: Path) -> None:
    """Exit 2, E202 with the repairs in place, nothing written."""
    assert PICK in reference
    spec = tmp_path / "marketing.yml"
    bare = "      acquisition_channel: attribution_touchpoints.channel\n"
    spec.write_text(reference.replace(PICK, bare), encoding="utf-8")
    done = CliRunner().invoke(main, ["build", str(spec), "-o", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert not (tmp_path / "out").exists()
    said = done.stderr.replace(str(spec), "marketing.yml")
    expected = ROOT / "tests" / "faults" / "reference_bug.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_a_template_that_fans_out_is_refused(reference: str, tmp_path: Path) -> None:
    """The SQL that it made is read back, and the join that multiplies is named; nothing is written."""
    spec, templates = tmp_path / "marketing.yml", tmp_path / "templates" / "models"
    spec.write_text(reference, encoding="utf-8")
    templates.mkdir(parents=True)
    own = (ROOT / "templates" / "models" / "model.sql.jinja").read_text(encoding="utf-8")
    # the very edit that people make: the filter that picks one row is dropped
    own = own.replace("where[[ select.where ]]", "where[[ select.where | replace('row_rank = 1', 'true') ]]")
    (templates / "model.sql.jinja").write_text(own, encoding="utf-8")
    arguments = ["build", str(spec), "-o", str(tmp_path / "out"), "--templates", str(templates.parent)]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, (tmp_path / "out").exists()) == (2, False)
    line = reference.splitlines().index("  customer_lifetime_value:") + 1
    assert f"{spec}:{line}:3: error E602" in done.stderr
    assert "`left join first_attribution_touchpoints on user_id` (in `final`) may match several rows" in done.stderr


def test_a_hand_edit_that_fans_out_fails_the_build(
    reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very edit that people make: the edit is kept, the unit test sees it on two rows, and the join is named."""
    monkeypatch.setenv("ERD2DBT_CACHE", os.environ["ERD2DBT_TESTS_POSTGRES"] + "/bug")
    spec, out = tmp_path / "marketing.yml", tmp_path / "out"
    spec.write_text(reference, encoding="utf-8")
    assert CliRunner().invoke(main, ["generate", str(spec), "-o", str(out), "--no-compile"]).exit_code == 0
    model = out / "models" / "marts" / "customer_lifetime_value.sql"
    text = model.read_text(encoding="utf-8")
    assert text.count("where row_rank = 1") == 1
    model.write_text(text.replace("where row_rank = 1", "where row_rank > 0"), encoding="utf-8")
    done = CliRunner().invoke(main, ["build", str(spec), "-o", str(out)])
    assert done.exit_code == 2
    assert "kept     models/marts/customer_lifetime_value.sql was edited since it was generated\n" in done.stdout
    assert "the unit test `customer_lifetime_value_keeps_its_grain` of `customer_lifetime_value` failed" in done.stderr
    line = reference.splitlines().index("  customer_lifetime_value:") + 1
    assert f"{spec}:{line}:3: error E706" in done.stderr
    assert "the join that fans out is `left join first_attribution_touchpoints" in done.stderr
