"""The law of pull and push: what was pushed comes back, every character of it, from the record and the board."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
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


SQL = """  asked:
    grain: [{key}]
    # as somebody wrote it
    sql: |
      -- of all {name}
      select {key}
      from {{{{ ref('stg_{name}') }}}} as a  -- not a comment of YAML: #
      where id > 0
"""


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A parent and its children; keys of one or two columns, links with one or two roles, models of each form."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    top, *children = names
    pairs = draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names)))
    wide = dict(zip(names, pairs, strict=True))
    roles = draw(st.booleans()) and bool(children)
    lines = ["# a garden\n", "version: 1\n", "project: garden\n", "sources: {raw: {schema: orchard}}\n", "entities:\n"]
    for name in names:
        is_latest = draw(st.booleans())
        lines += [f"  {name}:\n", draw(MORE), f"    key: {'[id, part]' if wide[name] else 'id'}\n"]
        lines += ["    latest: {by: [seen, read]}  # the last one\n"] if is_latest and wide[name] else []
        lines += ["    latest: {by: seen}\n"] if is_latest and not wide[name] else []
        lines += ["    columns:\n", "      id: bigint\n"]
        lines += ["      part: int\n"] if wide[name] else []
        lines += ["      seen: timestamp\n", "      read: int\n"] if is_latest else []
        lines += [f"      {column}: {kind}\n" for column, kind in draw(COLUMNS).items()]
        for role in ("", "_sold")[: 1 + roles] if name != top else ():
            lines += [f"      {top}_id{role}: bigint  # which one\n"]
            lines += [f"      {top}_part{role}: int\n"] if wide[top] else []
    if not children:
        return "".join([*lines, "models: {}\n"])
    caps = draw(st.sampled_from(["}o--||", "}|--o|", "}o..||"]))
    lines += ["links:\n", *(_link(name, caps, top, roles=roles, wide=wide[top]) for name in children)]
    return "".join([*lines, "models:\n", *_models(draw, names, wide, roles=roles)])


def _link(name: str, caps: str, top: str, *, roles: bool, wide: bool) -> str:
    def columns(role: str) -> str:
        one = f"{top}_id{role} = id"
        return f"[{one}, {top}_part{role} = part]" if wide else one

    tied = f"{{made: {columns('')}, sold: {columns('_sold')}}}  # two of them" if roles else columns("")
    return f'  "{name} {caps} {top}": {tied}\n'


def _models(draw: st.DrawFn, names: list[str], wide: dict[str, bool], *, roles: bool) -> Iterator[str]:
    top, child = names[:2]
    yield f"  {top}_summary:\n    grain: {'[id, part]' if wide[top] else 'id'}\n    rows: {top}\n"
    yield f"    via: {{{child}: {draw(st.sampled_from(['made', 'sold']))}}}\n" if roles else ""
    yield f"    columns:\n      n: count({child}.id)\n"
    formulas = enumerate(draw(st.lists(FORMULAS, max_size=3)))
    yield from (f"      c{number}: {one.format(child=child)}\n" for number, one in formulas)
    if len(names) > 2 and not roles and draw(st.booleans()):  # rows of two entities
        one, other = names[1:3]
        yield f"  both:\n    grain: [{top}_id]\n    rows: [{one}, {other}]  # either\n    columns:\n"
        yield f"      n: count({one}.id)\n      m: {{is: count({other}.id), description: Of others}}\n"
    if draw(st.booleans()):
        yield SQL.format(key="id, part" if wide[child] else "id", name=child)


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
