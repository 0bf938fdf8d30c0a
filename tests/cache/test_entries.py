"""Entries of the cache are read whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from erd2dbt.cache import entries
from erd2dbt.cache.entries import keep_entry, read_entry

HEADS = (b"one\n", b"other\n")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERD2DBT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(entries, "_state_folder", lambda: tmp_path / "state")


def test_an_entry_is_found_by_its_head_alone() -> None:
    for head in HEADS:
        keep_entry("kind", f"of {head!r}", head, b"text of ", head)
    for head in HEADS:
        assert read_entry("kind", f"of {head!r}") == head + b"text of " + head
        assert read_entry("kind", f"of {head!r}", head) == head + b"text of " + head
        assert all(read_entry("kind", f"of {head!r}", wrong) is None for wrong in (*HEADS, b"on") if wrong not in head)


def test_the_head_does_not_replace_the_seal(tmp_path: Path) -> None:
    keep_entry("kind", "name", HEADS[0], b"text")
    (place,) = (tmp_path / "cache" / "kind").iterdir()
    content = place.read_bytes()
    for changed in (content[:-1] + b"T", content + b"T", content[:-1]):
        place.write_bytes(changed)
        assert read_entry("kind", "name", HEADS[0]) is None
    place.write_bytes(content)
    assert read_entry("kind", "name", HEADS[0]) == HEADS[0] + b"text"
