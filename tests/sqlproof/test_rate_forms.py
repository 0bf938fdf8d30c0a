"""Which numbers are rates by the form of the formula that they are in."""

from __future__ import annotations

import pytest
from sqlglot import exp

from erd2dbt.prove.measure import Aggregate, Measure
from erd2dbt.sql.reading import read_one
from erd2dbt.sqlproof.measuring import OF_PARTS, measured
from erd2dbt.sqlproof.rate_forms import of_form


@pytest.mark.parametrize(
    ("formula", "name", "expected"),
    [
        ("x / 100", "rebate", True),
        ("x / 100.0", "handling_fee", False),
        ("x / 100", "shipping_cost", False),
        ("1 - x / 100", "handling_fee", True),
        ("1 - x", "rebate", True),
        ("1 + x", "order_total", False),
        ("x / 10", "rebate", False),
        ("x - 2", "rebate", False),
    ],
)
def test_a_rate_by_its_form(formula: str, name: str, expected: bool) -> None:
    """A fee or a cost in cents is divided by 100, too, and is still an amount."""
    measure = Measure(
        aggregate=Aggregate.VALUE, entity="orders", source=f"orders.{name}", home=frozenset({"order_id"}), group=()
    )
    found = of_form(read_one(formula), measure)
    assert found is not None
    assert found.weighs is expected


@pytest.mark.parametrize(
    ("formula", "name", "expected"),
    [
        ("x / 100.0", "thing", True),
        ("x / 100", "rent", True),
        ("1 + x", "thing", True),
        ("1 - x / 100.0", "thing", False),
        ("1 - x", "rebate", False),
        ("1 + x", "vat", False),
        ("x / 100", "discount", False),
    ],
)
def test_a_rate_is_presumed_where_its_name_says_nothing(formula: str, name: str, expected: bool) -> None:
    """Both forms together, as in `1 - x / 100`, are no amount in cents."""
    key = frozenset({"order_id"})
    measure = Measure(aggregate=Aggregate.VALUE, entity="orders", source=f"orders.{name}", home=key, group=())
    found = measured(read_one(formula), lambda tree: measure if isinstance(tree, exp.Column) else OF_PARTS)
    assert found is not None
    assert (found.weighs, found.presumed) == (True, expected)
