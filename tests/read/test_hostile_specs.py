"""Whatever the bytes are: a diagram or faults with a place, never anything else."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from erd2dbt.faults.diagnostics import Diagnostic, ErdError, as_json, as_text
from erd2dbt.read.spec.reader import read_spec

REFERENCE = (Path(__file__).parents[2] / "specs" / "marketing.yml").read_text()
LINES = REFERENCE.split("\n")
SCRAPS = st.sampled_from(
    [
        "",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "? ",
        "'",
        '"',
        "&a ",
        "*a",
        "!!int ",
        "<<: ",
        "|\n",
        "null",
        "~",
        "\t",
    ]
)
ODDITIES = st.sampled_from(
    [
        "#",
        "\x00",
        "\ufeff",
        "\u2028",
        "\ud800",
        "é",
        "0",
        "1e9999",
        "'\\0'",
        '"\\0"',
        ", ",
        "(",
        "\r",
        "---\n",
        "%Y 9",
    ]
)


def check(data: bytes) -> None:
    """The spec can be read, or every fault can be shown."""
    for fault in faults(data):
        assert fault.span
        assert min(fault.span.line, fault.span.column) >= 1
        assert as_text([fault], {"spec.yml": data.decode(errors="replace")})
        assert as_json([fault])


def faults(data: bytes) -> tuple[Diagnostic, ...]:
    try:
        read_spec(data, "spec.yml")
    except ErdError as error:
        return error.diagnostics
    return ()


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(data)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(REFERENCE)), st.integers(0, 30), SCRAPS | ODDITIES),
        min_size=1,
        max_size=4,
    )
)
def test_a_spec_with_scraps_in_it(edits: list[tuple[int, int, str]]) -> None:
    text = REFERENCE
    for place, cut, scrap in edits:
        text = text[:place] + scrap + text[place + cut :]
    check(text.encode(errors="surrogatepass"))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_spec_with_lines_moved(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        line = lines.pop(data.draw(st.integers(0, len(lines) - 1)))
        indent = data.draw(st.integers(0, 10))
        lines.insert(data.draw(st.integers(0, len(lines))), " " * indent + line.strip())
    check("\n".join(lines).encode())


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["text", "a = b", "sum(a)"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=6) | st.sampled_from(["is", "key", "columns", "type", "sql"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)
SECTIONS = [
    "version",
    "project",
    "sources",
    "entities",
    "links",
    "models",
    "naming",
    "tests",
    "meta",
    "materialized",
]


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(SECTIONS, SHAPES)))
def test_any_shape_of_data(spec: dict[str, object]) -> None:
    check(yaml.safe_dump(spec, allow_unicode=True).encode(errors="surrogatepass"))


@settings(deadline=None)
@given(
    st.sampled_from(["entities", "models"]),
    st.dictionaries(st.sampled_from(["a", "b", "é"]), SHAPES, min_size=1),
)
def test_any_shape_of_a_body(section: str, bodies: dict[str, object]) -> None:
    check(yaml.safe_dump({section: {"one": bodies, "two": {"columns": bodies}}}).encode(errors="surrogatepass"))


def test_files_that_were_made_to_be_slow() -> None:
    size = 20_000
    for text in (
        "a: [" + "(a, " * size,
        "a: [" + "(a, " * size + "]",
        "a: {" + ": ".join(["x"] * size) + ", 'x')}",
        "links: {'" + "a " * size + "': b}",
        "links: {a }o--|| b: 'a" + " " * size + "\"'}",
        "entities: {a: {columns: {b: {type: '" + "a " * size + "!'}}}}",
        "\n" * size + "a: &b !c",
        "entities: {a: {columns: {" + ", ".join(f"c{i}: strng{i}" for i in range(200)) + "}}}",
    ):
        check(text.encode())
