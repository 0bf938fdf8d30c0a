"""`--stepwise` through a dbt adapter counts what it counts through PostgreSQL's own driver, and finds the same join."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from test_model_by_model import FAN_OUT, Project, make, shop

from erd2dbt.run import fanout_diagnosis, stepwise
from erd2dbt.run.adapter_session import AdapterTarget

__all__ = ["make", "shop"]


@pytest.mark.parametrize("edits", [(), FAN_OUT], ids=["as generated", "fan-out"])
def test_the_same_run(edits: tuple[str, str], shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if edits:
        shop.edit("customer_value", *edits)
    server = shop.place.connection
    assert server is not None
    own = shop.run()
    words = {"host": server.host, "user": server.user, "password": server.password, "dbname": server.dbname}
    there = ", ".join(f'{name}: "{value}"' for name, value in words.items())
    (tmp_path / "profiles.yml").write_text(
        f"shop: {{target: dev, outputs: {{dev: {{type: postgres, {there}, port: {server.port}, schema: made, "
        "search_path: made, threads: 1}}}\n"
    )
    target = AdapterTarget(profiles_dir=tmp_path, profile="shop", target=None, schema="made")
    diagnosing = fanout_diagnosis.diagnosing

    @contextmanager
    def by_adapter(generated: Any, project: Path, place: Any) -> Iterator[Any]:
        del place
        with diagnosing(generated, project, target) as inquiry:
            yield inquiry

    monkeypatch.setattr(stepwise, "diagnosing", by_adapter)
    monkeypatch.setattr(stepwise, "call_dbt", lambda command, place, progress: built())
    assert shop.run() == own
    assert bool(own.faults) is bool(edits)
    if edits:
        assert any("the join that fans out is `left join orders" in note for note in own.faults[0].notes)


def built() -> Any:
    """The model stands there already."""
    from erd2dbt.run.dbt import DbtRun

    return DbtRun(command=("run",), ok=True, results=(), counts={}, warnings=(), errors=())
