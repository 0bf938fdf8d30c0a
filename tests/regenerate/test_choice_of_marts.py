"""Another choice of marts is no rename: a derived model leaves and another comes, while both entities stay."""

from __future__ import annotations

from erd2dbt.diagram.identity import Identity
from erd2dbt.write.similarity import likenesses

COLUMNS = {"id": "integer", "sold_on": "date", "amount": "numeric(10,2)"}
TABLES = ({"fct_sales": COLUMNS}, {"fct_rents": COLUMNS})


def entity(name: str) -> Identity:
    return Identity(file=f"stg_{name}.sql", table=f"raw.{name}")


def test_a_mart_that_is_left_out_was_not_renamed() -> None:
    sales, rents = (Identity(file=f"fct_{name}.sql", star=name) for name in ("sales", "rents"))
    stay = {"sales": entity("sales"), "rents": entity("rents")}
    assert likenesses({**stay, "fct_sales": sales}, {**stay, "fct_rents": rents}, {}, TABLES) == []


def test_the_mart_of_an_entity_with_another_name_may_be() -> None:
    sales, rents = (Identity(file=f"fct_{name}.sql", star=name) for name in ("sales", "rents"))
    before, now = {"sales": entity("sales"), "fct_sales": sales}, {"rents": entity("rents"), "fct_rents": rents}
    assert ("fct_sales", "fct_rents") in {(one.old, one.new) for one in likenesses(before, now, {}, TABLES)}
