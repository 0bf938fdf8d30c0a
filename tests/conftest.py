"""One embedded PostgreSQL for the whole run, shared by all workers; a database of its own for each test."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from erd2dbt.run.connection import Connection, connect
from erd2dbt.run.postgres_embedded import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

# Not below pytest's own temporary folder, which every new run closes to other accounts: root's server is one.
FOLDER = "ERD2DBT_TESTS_POSTGRES"


# The same examples in every run, so that a change fails for what it changed, and no clock, so that a busy machine
# fails nothing; `--hypothesis-profile=default` searches.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would compile every module again
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="erd2dbt-tests-")
        os.environ["XDG_STATE_HOME"] = f"{os.environ[FOLDER]}/state"  # where the user's key would be made


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Connection]:
    """The first worker that needs it starts the server, the last one stops it."""
    with serve(Path(os.environ[FOLDER])) as connection:
        yield connection


@pytest.fixture
def database(postgres_server: Connection) -> Iterator[Connection]:
    """A fresh, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    with connect(postgres_server) as session:
        session.autocommit = True
        cursor = session.cursor()
        cursor.execute(f"create database {name}")
        yield replace(postgres_server, dbname=name)
        cursor.execute(f"drop database {name} with (force)")


@pytest.fixture
def minded_interrupts() -> Iterator[None]:
    """A shell's background jobs ignore Ctrl-C, and so would what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
