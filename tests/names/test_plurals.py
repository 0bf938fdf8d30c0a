"""Plurals of names that end in a particle: `check_in` is a noun, `located_in` is none."""

from __future__ import annotations

import pytest

from erd2dbt.names.plurals import plural, singular


@pytest.mark.parametrize(
    ("one", "many"),
    [("check_in", "check_ins"), ("customer_follow_up", "customer_follow_ups"), ("drop_off", "drop_offs")],
)
def test_a_verb_with_a_particle_is_a_noun(one: str, many: str) -> None:
    assert plural(one) == plural(many) == many
    assert singular(many) == singular(one) == one


@pytest.mark.parametrize("name", ["located_in", "written_on", "belongs_to", "part_of", "works_on"])
def test_other_words_before_a_particle_are_unchanged(name: str) -> None:
    assert plural(name) == singular(name) == name


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("hero", "heroes"), ("cargo", "cargoes"), ("super_hero", "super_heroes"), ("photo", "photos"),
        ("video", "videos"), ("baggage", "baggage"), ("lost_luggage", "lost_luggage"), ("furniture", "furniture"),
    ],
)  # fmt: skip
def test_words_in_o_and_words_without_a_plural(one: str, many: str) -> None:
    assert plural(one) == many
    assert singular(many) == one
    assert plural(many) == many
