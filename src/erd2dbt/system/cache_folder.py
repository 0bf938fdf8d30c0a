"""The user's cache folder, where what can be made again is kept between runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_root() -> Path:
    """$ERD2DBT_CACHE, else `erd2dbt` in the user's cache on this platform; it need not exist yet."""
    environment = os.environ.get
    if chosen := environment("ERD2DBT_CACHE"):
        return Path(chosen).absolute()
    if sys.platform == "win32":
        return Path(environment("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "erd2dbt"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "erd2dbt"
    return Path(environment("XDG_CACHE_HOME") or Path.home() / ".cache") / "erd2dbt"
