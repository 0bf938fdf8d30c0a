"""Joined words are split into parts of one family of languages. English parts go with all of them."""

from __future__ import annotations

import pytest

from erd2dbt.infer.vocabulary import tokens


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("terminals", ["terminals"]),
        ("port_terminals", ["port", "terminals"]),
        ("terminal_id", ["terminal", "id"]),
        ("terminbis", ["termin", "bis"]),
        ("zahlungsdatum", ["zahlungs", "datum"]),
        ("orderdatum", ["order", "datum"]),
        ("datanascimento", ["data", "nascimento"]),
        ("fechapago", ["fecha", "pago"]),
        ("dateofbirth", ["date", "of", "birth"]),
    ],
)
def test_parts(name: str, parts: list[str]) -> None:
    assert [word.text for word in tokens(name)] == parts


@pytest.mark.parametrize("name", ["terminals", "terminal", "pos_terminal"])
def test_a_terminal_is_no_appointment(name: str) -> None:
    last = tokens(name)[-1].senses
    assert "thing" in last
    assert last.isdisjoint({"occurrence", "planned", "ended"})
