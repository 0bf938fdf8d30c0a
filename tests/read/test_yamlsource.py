"""YAML text as nodes: places, encodings, and files that were made to break a reader."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.read.yaml import source
from erd2dbt.read.yaml.source import compose


def codes(data: bytes) -> list[str]:
    with pytest.raises(ErdError) as caught:
        compose(data, "spec.yml")
    return [fault.code for fault in caught.value.diagnostics]


def values(text: str) -> list[yaml.Node]:
    return [value for _, value in compose(text.encode(), "spec.yml").root.value]


def test_scalars_stay_text() -> None:
    nodes = values("a: 1\nb: null\nc: ~\nd: 2024-01-01\ne: on\nf: '1'\n")
    assert [node.value for node in nodes] == ["1", "null", "~", "2024-01-01", "on", "1"]
    assert [bool(node.style) for node in nodes] == [False, False, False, False, False, True]


@pytest.mark.parametrize(
    ("text", "whole", "content"),
    [
        ("a: b + c", (1, 4, 9), (1, 4)),
        ("a: 'b + c'", (1, 4, 11), (1, 5)),
        ('x: 1\na: "b"', (2, 4, 7), (2, 5)),
        ("a: {b: c}", (1, 4, 10), (1, 4)),
        ("é\N{GRINNING FACE}: {ü: [x, yz]}", (1, 5, 17), (1, 5)),
        ("a: |\n\n   b\n   c\n", (1, 4, 0), (3, 4)),
        ("a: >-\n  b\n", (1, 4, 0), (2, 3)),
    ],
)
def test_places_count_characters_from_one(text: str, whole: tuple[int, int, int], content: tuple[int, int]) -> None:
    document = compose(text.encode(), "spec.yml")
    node = document.root.value[-1][1]
    span, inner = document.span(node), document.content(node)
    assert (span.line, span.column, span.end) == whole
    assert (inner.line, inner.column) == content


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_byte_order_marks_and_line_ends_change_no_place(mark: str, end: str) -> None:
    document = compose(f"{mark}a: 1{end}b: [x,{end}  y]{end}".encode(), "spec.yml")
    last = document.root.value[1][1].value[1]
    assert str(document.span(last)) == "spec.yml:3:3"


@pytest.mark.parametrize("levels", [2_000, 100_000])
@pytest.mark.parametrize(
    "deep",
    [
        lambda n: "[" * n,
        lambda n: "[" * n + "]" * n,
        lambda n: '["]",' * n,
        lambda n: "{a: " * n + "1" + "}" * n,
        lambda n: "- " * n + "a",
        lambda n: "? " * n + "a",
    ],
    ids=["open", "list", "with_quoted_brackets", "mapping", "block_list", "block_key"],
)
def test_deep_nesting_is_a_fault(deep, levels: int) -> None:
    assert codes(deep(levels).encode()) == ["E005"]


def test_deep_block_mappings_are_a_fault() -> None:
    text = "\n".join(" " * level + "a:" for level in range(2_000))
    assert codes(text.encode()) == ["E005"]


def test_a_hundred_levels_are_fine() -> None:
    nested = "[" * 99 + "]" * 99
    assert compose(f"a: {nested[1:-1]}".encode(), "spec.yml").root.value


def test_few_aliases_are_fine_and_many_are_not() -> None:
    few = "a: &x {b: 1}\nc: *x\nd: [*x, *x]\n"
    assert len(values(few)) == 3
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert codes(bomb.encode()) == ["E006"]


def test_a_chain_of_aliases_is_deep_nesting_too() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 500))
    assert codes(chain.encode()) == ["E006"]


@pytest.mark.parametrize(
    "text",
    [
        "a: !x b",
        "!x a: b",
        "a: {b: !!str c}",
        "a:\n  !x\n  - b",
        "- !x a",
        "a: [!x b]",
        "a: &y !x b",
        "a: != b",
    ],
)
def test_tags_are_refused_wherever_they_stand(text: str) -> None:
    assert codes(text.encode()) == ["E006"]


@pytest.mark.parametrize("text", ["a: b != c", "a: R&D", "a: '!x'", "a: b & c", "a: b && !c", "a!: b"])
def test_what_only_looks_like_a_tag_or_an_anchor_is_text(text: str) -> None:
    assert values(text)


def test_the_collector_sleeps_only_while_reading() -> None:
    import gc

    with source.without_collection():
        assert not gc.isenabled()
        with source.without_collection():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


TEXTS = st.text(st.sampled_from("ab:- \n[]{},'\"#&*!|>?%@`\t\\0~é\u2028\x07"), max_size=60)


@given(TEXTS | st.binary(max_size=40).map(lambda data: data.decode("latin-1")))
def test_both_parsers_read_the_same_tree(text: str) -> None:
    """libyaml may be missing; what both parsers take, they take alike."""
    with pytest.MonkeyPatch.context() as patch:
        fast = _tree(text)
        patch.setattr(source, "_Loader", _SlowLoader)
        slow = _tree(text)
    if fast is not None and slow is not None:
        assert fast == slow


class _SlowLoader(source._Composing, yaml.SafeLoader):
    pass


def _tree(text: str) -> str | None:
    try:
        return repr(compose(text.encode(), "spec.yml").root)
    except ErdError:
        return None
