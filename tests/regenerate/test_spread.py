"""Properties files that become several, or one: dbt finds everything once, with all edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from folders import generate, tree, write

from erd2dbt.write.changes import Choice, decide, refusals
from erd2dbt.write.merging.parted import described, part_of

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "---\nversion: 2\n\nmodels:\n"


def model(name: str, said: str = "Generated") -> str:
    return f"  - name: {name}\n    description: {said}\n    columns:\n      - name: id\n        data_type: integer\n"


TOGETHER = {"models/_models.yml": f"{HEAD}{model('a')}\n{model('b')}\n{model('c')}"}
APART = {f"models/_{name}.yml": f"{HEAD}{model(name)}" for name in "abc"}


def edited(text: str) -> str:
    text = text.replace("version: 2\n", "version: 2  # mine\n").replace(
        "name: b\n    description: Generated", "name: b\n    description: Said by me", 1
    )
    own = "  - name: own\n    description: Of a model of mine\n"
    return f"{text}{own}" if "name: a\n" in text else text


def names(out: Path) -> dict[str, str]:
    """Each model, and its description; every model once."""
    found = [one for text in tree(out).values() for one in yaml.safe_load(text)["models"]]
    assert len({one["name"] for one in found}) == len(found)
    return {one["name"]: one["description"] for one in found}


EXPECTED = {"a": "Generated", "b": "Said by me", "c": "Generated", "own": "Of a model of mine"}


@pytest.mark.parametrize(("before", "now"), [(TOGETHER, APART), (APART, TOGETHER)])
def test_edits_go_along_and_nothing_stands_twice(tmp_path: Path, before: dict[str, str], now: dict[str, str]) -> None:
    generate(before, tmp_path)
    write(tmp_path, {path: edited(text) for path, text in before.items()})
    generate(now, tmp_path)
    assert names(tmp_path) == EXPECTED
    assert tree(tmp_path).keys() == now.keys()
    assert "# mine" in "".join(tree(tmp_path).values())
    assert {change.fate for change in decide(now, tmp_path)} <= {"same", "keep"}
    generate(before, tmp_path)
    assert names(tmp_path) == EXPECTED
    assert tree(tmp_path).keys() == before.keys()


def test_what_both_changed_is_told_at_its_place_and_nothing_is_written(tmp_path: Path) -> None:
    generate(TOGETHER, tmp_path)
    write(tmp_path, {path: edited(text) for path, text in TOGETHER.items()})
    before = tree(tmp_path)
    now = {**APART, "models/_b.yml": f"{HEAD}{model('b', 'Otherwise')}"}
    (fault,) = refusals(decide(now, tmp_path), tmp_path)
    assert (fault.code, fault.message.partition(":")[0]) == ("E806", "model `b`")
    assert str(fault.span).startswith(f"{tmp_path}/models/_models.yml:")
    assert tree(tmp_path) == before
    generate(now, tmp_path, conflict=Choice.THEIRS)
    assert names(tmp_path) == EXPECTED


def test_what_cannot_be_parted_is_a_conflict_of_the_file(tmp_path: Path) -> None:
    generate(TOGETHER, tmp_path)
    flow = "version: 2\nmodels: [{name: a, description: Mine}, {name: b}, {name: c}]\n"
    write(tmp_path, {"models/_models.yml": flow})
    (fault,) = refusals(decide(APART, tmp_path), tmp_path)
    assert (fault.code, str(fault.span)) == ("E806", f"{tmp_path}/models/_models.yml:1:1")
    assert "move the edits by hand" in fault.fixes[0]
    generate(APART, tmp_path, force=True)
    assert tree(tmp_path) == APART


SOURCES = """\
sources:
  - name: shop
    tables:
      - name: orders
      # the people
      - name: people
        description: Mine

  - name: web
    tables:
      - name: visits
models:
  - name: a
"""


def test_tables_of_sources_and_models_are_parts() -> None:
    all_of_it = {("sources", "shop", "orders"), ("sources", "shop", "people"), ("sources", "web", "visits")}
    assert described(SOURCES) == {*all_of_it, ("models", "a")}
    left = part_of(SOURCES, {("sources", "shop", "orders"), ("models", "a")})
    assert left is not None
    assert described(left) == all_of_it - {("sources", "shop", "orders")}
    assert "# the people" in left
    assert "models:" not in left
    assert part_of("models: [", {("models", "a")}) is None
