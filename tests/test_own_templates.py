"""Templates of the user's own: whatever they do becomes a fault of theirs, and they reach nothing but the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import generate

SPEC = b"""
version: 1
project: shop
sources: {raw: {}}
entities: {orders: {key: id, columns: {id: int}}}
models: {}
"""


def rendered(folder: Path, text: bytes) -> str:
    (folder / "README.md.jinja").write_bytes(text)
    return generate(SPEC, "shop.yml", folder).files["README.md"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"[[ 1 / 0 ]]", "division by zero"),
        (b"[[ 'x' * 10 ** 9 ]]", "too large|too long"),
        (b"[[ ('x' * 1000) * 1000 ]]", "the repetition is too long"),
        (b"[[ 'x' | center(10 ** 8) ]]", "an argument is too large"),
        (b"[[ 'x'.center(1000000) ]]", "an argument is too large"),
        (b"[[ '%0999999999d' % 1 ]]", "is not supported"),
        (b"[% for a in range(9999) %][% for b in range(9999) %][% endfor %][% endfor %]", "go round more than"),
        (b"[% include 'README.md.jinja' %]", "includes or calls itself without end"),
        (b"[% macro m() %][[ m() ]][% endmacro %][[ m() ]]", "includes or calls itself without end"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        (b"[[ project.places.clear() ]]", "clear"),
        (b"[[ project.__class__.__mro__ ]]", "unsafe"),
        (b"[[ nothing.at.all ]]", "undefined"),
        (b"[% for %]", "."),
        (b"[[ " + b"(" * 5000 + b"1" + b")" * 5000 + b" ]]", "."),
    ],
)
def test_what_a_template_does_is_a_fault_of_it(tmp_path: Path, text: bytes, why: str) -> None:
    with pytest.raises(ErdError, match=why) as caught:
        rendered(tmp_path, text)
    assert [one.code for one in caught.value.diagnostics] == ["E805"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "secret").write_text("a secret", encoding="utf-8")
    (tmp_path / "own" / "README.md.jinja").symlink_to(tmp_path / "secret")
    with pytest.raises(ErdError, match="leads out of the folder"):
        generate(SPEC, "shop.yml", tmp_path / "own")


def test_a_link_within_the_folder_is(tmp_path: Path) -> None:
    (tmp_path / "text.jinja").write_text("[[ project.name | indent(2) ]]", encoding="utf-8")
    (tmp_path / "README.md.jinja").symlink_to(tmp_path / "text.jinja")
    assert generate(SPEC, "shop.yml", tmp_path).files["README.md"] == "shop\n"
