"""A server for each test, and the command line that talks to it; the client's time is the server's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from erd2dbt.miro import client
from miro.here import Here
from miro.server import Miro


@pytest.fixture
def miro() -> Iterator[Miro]:
    with Miro() as server:
        yield server


@pytest.fixture
def here(tmp_path: Path, miro: Miro, monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MIRO_API_URL", miro.url)
    monkeypatch.setenv("MIRO_TOKEN", miro.token)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(client, "CLOCK", client.Clock(now=lambda: miro.time, sleep=miro.sleep, jitter=lambda: 0.0))
    return Here(tmp_path, miro)
