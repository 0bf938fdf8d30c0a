"""Names of a star in other languages than English get no English plural, whatever the order of the tables."""

from __future__ import annotations

import random

import pytest

from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of

KLINIK = (
    "create table arzt (arzt_nr int primary key, name text not null, fachgebiet text, eintrittsdatum date);",
    "create table leistung (leistung_nr int primary key, bezeichnung text not null);",
    "create table aufenthalt (aufenthalt_nr int primary key, arzt_nr int not null references arzt, "
    "aufnahmedatum date not null, fallpauschale numeric(10,2));",
    "create table behandlung (behandlung_nr int primary key, aufenthalt_nr int not null references aufenthalt, "
    "leistung_nr int not null references leistung, behandelt_am timestamp not null, menge int not null, "
    "betrag numeric(10,2));",
)
CLINIC = (
    "create table doctor (doctor_id int primary key, name text not null, hired_on date);",
    "create table visit (visit_id int primary key, doctor_id int not null references doctor, "
    "visited_at timestamp not null, amount numeric(10,2), note text);",
)
TIENDA = (
    "create table cliente (cliente_id int primary key, nombre text not null, fecha_alta date);",
    "create table almacen (almacen_id int primary key, nombre text, calle text);",
    "create table venta (venta_id int primary key, cliente_id int not null references cliente, "
    "almacen_id int not null references almacen, fecha_venta date not null, importe numeric(10,2), cantidad int);",
)


def _names(tables: tuple[str, ...], seed: int) -> set[str]:
    """The models and the columns that count rows."""
    shuffled = random.Random(seed).sample(tables, len(tables))
    _, text = drafted("\n".join(shuffled).encode(), "schema.sql")
    star = star_of(read_spec(text.encode(), "spec.yml"))
    assert star is not None
    counts = {column.name for model in star.specs for column in model.columns if column.formula.text == "count(*)"}
    return {model.name for model in star.specs} | counts


@pytest.mark.parametrize("seed", range(4))
def test_other_languages_keep_their_names(seed: int) -> None:
    assert _names(KLINIK, seed) == {
        "dim_dates", "dim_arzt", "dim_leistung", "int_behandlung_by_aufenthalt", "anzahl_behandlung", "fct_aufenthalt",
        "fct_behandlung",
    }  # fmt: skip
    assert _names(TIENDA, seed) == {"dim_dates", "dim_cliente", "dim_almacen", "fct_venta"}


@pytest.mark.parametrize("seed", range(4))
def test_english_names_are_plurals_though_a_word_is_german_too(seed: int) -> None:
    assert _names(CLINIC, seed) == {"dim_dates", "dim_doctors", "fct_visits"}
