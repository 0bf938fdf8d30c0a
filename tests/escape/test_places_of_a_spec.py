"""Every place of a spec where people write, as its JSON schema has them: no text is live in what is made of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from outputs import faults_of_log, faults_of_markdown, faults_of_project
from payloads import PAYLOADS

from erd2dbt.escape.terminal import without_commands
from erd2dbt.explain.as_mermaid import derivation_flowchart
from erd2dbt.explain.build_plan import outline
from erd2dbt.explain.build_plan_text import outline_markdown
from erd2dbt.explain.derivation import derivation
from erd2dbt.faults.diagnostics import ErdError, as_text
from erd2dbt.pipelines.generation import generate, plan
from erd2dbt.read.spec.reader import read_spec

SCHEMA = json.loads((Path(__file__).parents[2] / "specs" / "erd2dbt.schema.json").read_text(encoding="utf-8"))
SPEC = yaml.safe_load((Path(__file__).parent / "every_place.yml").read_text(encoding="utf-8"))

Place = tuple[str | int, ...]


def resolved(schema: Any) -> list[dict[str, Any]]:
    """The objects that a schema may be, references followed."""
    if not isinstance(schema, dict):
        return []
    found = [schema]
    if "$ref" in schema:
        found += resolved(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    for word in ("anyOf", "oneOf", "allOf"):
        found += [one for part in schema.get(word, ()) for one in resolved(part)]
    return found + [one for word in ("then", "else") for one in resolved(schema.get(word))]


def completed(value: Any, schema: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Each field that the schema knows and the spec does not have, with the schema's own example of it."""
    parts = resolved(schema)
    if isinstance(value, dict):
        known = {name: one for part in parts for name, one in part.get("properties", {}).items()}
        for name, one in known.items():
            if name not in value and one.get("examples"):
                yield (*at, name), one["examples"][0]
        others = [part["additionalProperties"] for part in parts if part.get("additionalProperties")]
        for name, one in value.items():
            for inner in [known[name]] if name in known else others:
                yield from completed(one, inner, (*at, name))
    elif isinstance(value, list):
        for part in parts:
            for n, one in enumerate(value):
                yield from completed(one, part.get("items"), (*at, n))


def texts(value: Any, at: Place = ()) -> Iterator[Place]:
    """Each text in it."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from texts(one, (*at, name))
    elif isinstance(value, list):
        for n, one in enumerate(value):
            yield from texts(one, (*at, n))
    elif isinstance(value, str):
        yield at


def put(spec: Any, place: Place, value: Any) -> Any:
    made = copy.deepcopy(spec)
    inner = made
    for word in place[:-1]:
        inner = inner[word]
    inner[place[-1]] = value
    return made


def renamed(spec: Any, place: Place, name: str) -> Any:
    """The last key of the place under another name."""
    made = copy.deepcopy(spec)
    inner = made
    for word in place[:-1]:
        inner = inner[word]
    pairs = [(name if key == place[-1] else key, value) for key, value in inner.items()]
    inner.clear()
    inner.update(pairs)
    return made


@dataclass(frozen=True)
class Edit:
    """A text of the spec that gives way to another; `example`: of a field that the spec lacks."""

    place: Place
    field: Place | None = None
    example: Any = None

    def on(self, spec: Any, text: str) -> Any:
        if self.field is not None:
            spec = put(spec, self.field, self.example)
        return put(spec, self.place, text)


def edits() -> Iterator[Edit]:
    yield from map(Edit, texts(SPEC))
    for field, example in completed(SPEC, SCHEMA):
        yield from (Edit(field + inner, field, example) for inner in texts(example))


EDITS = tuple(edits())


def taken(edits: Sequence[Edit], text: str) -> list[list[Edit]]:
    """The edits that are taken, in groups that go together, as few as can be had cheaply."""
    if not edits or is_planned(edited(edits, text)):
        return [list(edits)] if edits else []
    half = len(edits) // 2
    if not half:
        return []
    first, second = taken(edits[:half], text), taken(edits[half:], text)
    if first and second and is_planned(edited(first[-1] + second[0], text)):
        return [*first[:-1], first[-1] + second[0], *second[1:]]
    return first + second


def edited(edits: Sequence[Edit], text: str) -> str:
    """The spec with the text, numbered so that no two are one name, in these places."""
    spec = SPEC
    for edit in edits:
        is_call = text.endswith(")")
        spec = edit.on(spec, text if is_call else f"{text}{EDITS.index(edit)}")
    return dumped(spec)


def is_planned(text: str) -> bool:
    """Whether it has no fault; what is said of faults is inert."""
    try:
        plan(text.encode(), "spec.yml")
    except ErdError as error:
        told = without_commands(as_text(error.diagnostics, {"spec.yml": text}))
        assert list(faults_of_log(told)) == []
        return False
    return True


def check(text: str) -> None:
    """AssertionError where something in what is made of the spec is live or broken."""
    made = generate(text.encode(), "spec.yml")
    assert list(faults_of_project(made.files)) == []
    told = outline_markdown(outline(read_spec(text.encode(), "spec.yml"), text), lines=True)
    assert list(faults_of_markdown(told)) == []
    for one in made.planned.own:
        chart = derivation_flowchart(derivation(made, one))
        assert all(line.count('"') in (0, 2) for line in chart.split("\n"))


def test_the_spec_itself_is_taken() -> None:
    check(dumped(SPEC))


def test_a_field_that_only_the_schema_knows_is_tried_with_its_example() -> None:
    lacking = put(SPEC, ("sources", "raw"), {})
    assert (("sources", "raw", "loader"), "airbyte") in list(completed(lacking, SCHEMA))


@pytest.mark.parametrize("kind", PAYLOADS)
def test_no_text_is_live(kind: str) -> None:
    groups = taken(EDITS, PAYLOADS[kind])
    assert sum(map(len, groups)) > (0 if kind == "control" else 20)  # control characters are refused nearly everywhere
    for group in groups:
        check(edited(group, PAYLOADS[kind]))


def test_no_name_is_live() -> None:
    """Keys that people choose: of columns, metadata, tiers, options of tests."""
    names = {place[:n] for place in texts(SPEC) for n in range(1, len(place) + 1) if isinstance(place[n - 1], str)}
    spec, kept = SPEC, 0
    for place in sorted(names, key=str, reverse=True):  # the inner ones first: the path to them is as it was
        changed = renamed(spec, place, f"{{{{ env_var('CANARY') }}}} it's `<b>` \\ : # | {kept}")
        if is_planned(dumped(changed)):
            spec, kept = changed, kept + 1
    assert kept > 5
    check(dumped(spec))


def dumped(spec: Any) -> str:
    return json.dumps(spec, indent=1)
