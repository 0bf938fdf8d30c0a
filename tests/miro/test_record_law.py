"""The law of pull and push: what was pushed comes back, every character of it, from the record and the board."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erd2dbt.miro import client
from miro.here import Here
from miro.server import Miro

NAMES = ("apples", "pears", "plums", "figs")
TYPES = st.sampled_from(
    [
        "text",
        "numeric(8,2)",
        "{type: text, values: [a, b], description: What it is}",
        '{type: bigint, from: "Odd Name", not_null: true}',
        "{type: varchar(20), unique: true}",
        "date  # of the day",
        '"timestamp with time zone"',
    ]
)
COLUMNS = st.dictionaries(st.sampled_from(["name", "size", "day", "kind"]), TYPES, max_size=4)
MORE = st.sampled_from(["", "    # said by people\n", "    description: One of many\n", "    tags: [fruit]\n"])
FORMULAS = st.sampled_from(
    [
        "count({child}.id)  # how many",
        "{{is: max({child}.id), default: 0, description: The last}}",
        "{{first: {child}.id, order: {child}.id}}",
        "{{tier: n, cut: {{much: 5}}, else: little}}",
        "TODO  # needs: “as many as there are”",
    ]
)


@st.composite
def specs(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    lines = ["# a garden\n", "version: 1\n", "project: garden\n", "sources: {raw: {schema: orchard}}\n", "entities:\n"]
    for number, name in enumerate(names):
        lines += [f"  {name}:\n", draw(MORE), "    key: id\n", "    columns:\n", "      id: bigint\n"]
        lines += [f"      {column}: {kind}\n" for column, kind in draw(COLUMNS).items()]
        lines += [f"      {names[0]}_id: bigint  # which one\n"] if number else []
    if len(names) > 1:
        caps = draw(st.sampled_from(["}o--||", "}|--o|", "}o..||"]))
        lines += ["links:\n"]
        lines += [f'  "{name} {caps} {names[0]}": {names[0]}_id = id\n' for name in names[1:]]
        formulas = draw(st.lists(FORMULAS, max_size=3))
        lines += ["models:\n", f"  {names[0]}_summary:\n", "    grain: id\n", f"    rows: {names[0]}\n"]
        lines += ["    columns:\n", f"      n: count({names[1]}.id)\n"]
        lines += [f"      c{number}: {one.format(child=names[1])}\n" for number, one in enumerate(formulas)]
    else:
        lines += ["models: {}\n"]
    return "".join(lines)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs(), st.integers(0, 3))
def test_what_is_pushed_comes_back(text: str, move: int) -> None:
    """To a spec that is there, and to one that was lost; wherever people moved the boxes."""
    with Miro() as miro, tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIRO_API_URL", miro.url)
        patch.setenv("MIRO_TOKEN", miro.token)
        patch.setenv("no_proxy", "*")
        patch.setattr(client, "CLOCK", client.Clock(now=lambda: miro.time, sleep=miro.sleep, jitter=lambda: 0.0))
        patch.chdir(folder)
        here = Here(Path(folder), miro)
        (here.folder / "garden.yml").write_text(text, encoding="utf-8")
        done = here.run("push", "garden.yml", miro.address)
        assert done.exit_code == 0, done.output
        boxes = [item for item in miro.board.items.values() if item["type"] == "shape"]
        for number, box in enumerate(boxes if move else ()):
            box["position"]["x"] += 9.0 * move * (number % 2)
        done = here.run("pull", "-o", "garden.yml")
        assert (done.exit_code, done.output.splitlines()[-1]) == (0, "same     garden.yml"), done.output
        assert here.text("garden.yml") == text
        (here.folder / "garden.yml").unlink()
        assert here.run("pull", miro.address, "-o", "garden.yml").exit_code == 0
        assert here.text("garden.yml") == text
        assert here.run("push", "garden.yml").output.splitlines()[0] == "same     the board shows the spec"
