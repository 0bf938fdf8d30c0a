"""PostgreSQL keeps 63 bytes of a name. This module shortens longer names so that they stay distinct."""

from __future__ import annotations

import hashlib
from functools import lru_cache

NAME_BYTES = 63  # NAMEDATALEN - 1


def fit(name: str, size: int = NAME_BYTES) -> str:
    """A name of at most `size` bytes: itself, or its beginning and a hash that keeps long names distinct."""
    if len(name) <= size // 4 or len(name.encode(errors="surrogatepass")) <= size:
        return name
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{cut(name, size - 9)}_{digest}"


@lru_cache(maxsize=65536)
def cut(name: str, size: int = NAME_BYTES) -> str:
    """A long name as PostgreSQL truncates it: the longest prefix of whole characters within `size` bytes."""
    return name.encode(errors="surrogatepass")[:size].decode(errors="ignore")
