"""Which names can be used, and which are one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erd2dbt.names.spelling import folded, usable
from erd2dbt.names.validity import fault_of_column, fault_of_object


@pytest.mark.parametrize("name", ["orders", "_x", "2024_orders", "größe", "订单", "نام", "हिन्दी", "a" * 63])
def test_names_of_objects(name: str) -> None:
    assert fault_of_object(name) is None


@pytest.mark.parametrize(
    "name", ["", "a b", "a-b", "a.b", "../a", "a/b", "{{x}}", "a'", 'a"', "a\0", "a" * 201, "ü" * 101]
)
def test_what_is_no_name_of_an_object(name: str) -> None:
    assert fault_of_object(name) is not None


@pytest.mark.parametrize("name", ["order", "User", "naïve col", "50%", "a-b", "{x}", "it's", "x.y"])
def test_names_of_columns(name: str) -> None:
    assert fault_of_column(name) is None


@pytest.mark.parametrize(
    "name", ["", " a", "a ", 'a"b', "{{x}}", "a{%b", "{#", "a/b", "a\\b", "a\nb", "a\u202eb", "é" * 101]
)
def test_what_is_no_name_of_a_column(name: str) -> None:
    assert fault_of_column(name) is not None


@given(st.text())
def test_a_proposed_name_can_be_used(name: str) -> None:
    assert fault_of_object(usable(name)) is None


@given(st.text(max_size=80))
def test_folding_is_done_once(name: str) -> None:
    assert folded(folded(name)) == folded(name)
    assert folded(name.upper().lower()) == folded(name.lower().upper().lower())


def test_names_that_fold_to_one() -> None:
    assert folded("User") == folded("uSER")
    assert folded("STRASSE") == folded("straße")
    assert folded(unicodedata.normalize("NFD", "é")) == folded("É")
    assert folded("x" * 63 + "a") == folded("x" * 63 + "b")
    assert folded("x" * 62 + "a") != folded("x" * 62 + "b")
