"""dbt-spark turns ANSI mode off in every session, whatever the profile says: sums that overflow wrap around then, and
what cannot be cast is NULL. Functions were measured in ANSI mode, so dbt runs in it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from erd2dbt.run.spark.session import SAME

_ANSI = "spark.sql.ansi.enabled"


def keep() -> None:
    """From now on, dbt of this process leaves ANSI mode as the tool sets it; called before dbt starts."""
    credentials: Any = import_module("dbt.adapters.spark.connections").SparkCredentials
    changed = credentials.__post_init__

    def kept(self: Any) -> None:
        changed(self)
        self.server_side_parameters[_ANSI] = SAME[_ANSI]

    credentials.__post_init__ = kept
