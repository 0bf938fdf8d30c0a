"""What of a spec's own tests dbt evaluates: relations by name, and nothing else."""

from __future__ import annotations

import pytest

from erd2dbt.escape.jinja import Call, argument, looked_up


@pytest.mark.parametrize(
    "said", ["ref('orders')", 'ref( "orders" )', "ref('shop', 'orders')", "source('raw', 'orders')"]
)
def test_a_relation_by_its_name_is_looked_up(said: str) -> None:
    assert isinstance(looked_up(said), Call)
    assert argument(looked_up(said)) == said


@pytest.mark.parametrize(
    "said", ["ref(env_var('A'))", "ref('a') ~ env_var('A')", "env_var('A')", "ref('a' ~ 'b')", "ref(x)"]
)
def test_any_other_call_is_text(said: str) -> None:
    """dbt would take a text that looks like a call for one, so it becomes a constant."""
    assert not isinstance(looked_up(said), Call)
    assert str(argument(said)).startswith('{{ "')
