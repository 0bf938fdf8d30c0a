"""Templates of the user's own: whatever they do becomes a fault of theirs, and they reach nothing but the project."""

from __future__ import annotations

from pathlib import Path

import jinja2
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
        (b"[% for a in 'ab' * 999 %][% for b in 'ab' * 999 %][% endfor %][% endfor %]", "go round more than"),
        (
            b"[% for a in [1,2] recursive%][% if loop.depth < 40 %][[ loop([1, 2]) ]][% endif %][% endfor %]",
            "go round",
        ),
        (b"[% macro m(n) %][% if n %][[ m(n - 1) ]][[ m(n - 1) ]][% endif %][% endmacro %][[ m(40) ]]", "go round"),
        (
            b"[% set n = namespace(a='a') %][% for i in range(60)%][%set n.a = n.a + n.a %][% endfor %]",
            "too much text",
        ),
        (
            b"[% set n = namespace(a=[1]) %][% for i in range(60)%][%set n.a = n.a + n.a %][% endfor %]",
            "too much text",
        ),
        (
            b"[% set n = namespace(a='a') %][% for i in range(60)%][%set n.a = n.a ~ n.a %][% endfor %]",
            "too much text",
        ),
        (b"[% set a = 'a' * 9999 %][[ a | replace('a', a) | replace('a', a) ]]", "too much text"),
        (b"[% set a = 'a' * 9999 %][[ a.replace('a', a).replace('a', a) ]]", "too much text"),
        (b"[% set a = 'a' * 99999 %][[ range(99999) | map('string') | join(a) ]]", "too much text"),
        (b"[% set a = 'a' * 99999 %][% for i in range(99999) %][[ a ]][% endfor %]", "too much text"),
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


def test_what_jinja_offers_is_as_it_was(tmp_path: Path) -> None:
    """Bounds are not seen where they are not reached."""
    text = (
        b"[% for a in ['x', 'y'] %][[ loop.index ]]/[[ loop.length ]][[ a ~ 1 ~ loop.last ]]"
        b"[[ loop.nextitem | default('-') ]] [% else %]none[% endfor %]"
        b"[% for a in [] %][% else %]none[% endfor %]"
        b"[% for k, v in {'a': [1, 2], 'b': [3]}.items() if k != 'c' %] [[ k ]][[ v | join(', ') ]][% endfor %]"
        b" [[ ['b', 'a'] | sort | map('upper') | join('-') | replace('A', 'c') ]] [[ 1 + 2 ]] [[ [1] + [2] ]]"
        b"[% for a in [{'n': 1, 'c': [{'n': 2, 'c': []}]}] recursive %]<[[ a.n ]][[ loop(a.c) ]]>[% endfor %]"
    )
    plain = jinja2.Environment(
        variable_start_string="[[", variable_end_string="]]", block_start_string="[%", block_end_string="%]"
    )
    assert rendered(tmp_path, text).strip() == plain.from_string(text.decode()).render().strip()


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
