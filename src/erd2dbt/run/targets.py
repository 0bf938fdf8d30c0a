"""Opens the warehouse of a dbt profile: PostgreSQL by its own driver, others through their dbt adapter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from erd2dbt.run.adapter import Warehouse, open_warehouse
from erd2dbt.run.connection import Connection, from_profile
from erd2dbt.run.profile import read_kind


@contextmanager
def open_target(profiles_dir: Path, profile: str, target: str | None) -> Iterator[Connection | Warehouse]:
    """Open the target for the duration of the context. Raises ErdError E704, E708."""
    if read_kind(profiles_dir / "profiles.yml", profile, target) == "postgres":
        yield from_profile(profiles_dir, profile, target)
        return
    with open_warehouse(profiles_dir, profile, target) as warehouse:
        yield warehouse
