"""Keeps Spark's ANSI mode on, which dbt-spark turns off in every session, whatever the profile says.

Without it, sums that overflow wrap around, and failed casts are NULL. The equivalence of functions was measured in ANSI
mode.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from erd2dbt.run.spark.session import SAME

_ANSI = "spark.sql.ansi.enabled"


def keep() -> None:
    """Prevent dbt in this process from changing ANSI mode. Call it before dbt starts."""
    credentials: Any = import_module("dbt.adapters.spark.connections").SparkCredentials
    changed = credentials.__post_init__

    def kept(self: Any) -> None:
        changed(self)
        self.server_side_parameters[_ANSI] = SAME[_ANSI]

    credentials.__post_init__ = kept
