"""The user's cache folder, for files that can be recomputed."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_root() -> Path:
    """Return $ERD2DBT_CACHE, otherwise `erd2dbt` in the user's cache folder of this platform. It may not exist yet."""
    environment = os.environ.get
    if chosen := environment("ERD2DBT_CACHE"):
        return Path(chosen).absolute()
    if sys.platform == "win32":
        return Path(environment("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "erd2dbt"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "erd2dbt"
    return Path(environment("XDG_CACHE_HOME") or Path.home() / ".cache") / "erd2dbt"
