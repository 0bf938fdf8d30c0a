"""Where a PostgreSQL is and how to get into it; the seam to psycopg2."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import psycopg2
import psycopg2.extensions

from erd2dbt.diagnostics import Diagnostic, ErdError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Connection", "Session", "SqlError", "connect", "from_address", "from_profile", "open_session"]

Session = psycopg2.extensions.connection
SqlError = psycopg2.Error


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One database of one PostgreSQL; `host` is a name, an address, or the folder of a Unix socket."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    dbname: str
    schema: str
    options: tuple[tuple[str, str], ...] = ()  # further words for libpq, as ("sslmode", "require")
    is_address: bool = False  # it was given as one, not by a profile

    @property
    def url(self) -> str:
        """As libpq reads it, password included: not for eyes."""
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        return self._url(secret)

    @property
    def masked_url(self) -> str:
        """The same for eyes."""
        return self._url(":***" if self.password else "")

    def _url(self, secret: str) -> str:
        query = urlencode((("host", self.host), ("port", self.port), *self.options), quote_via=quote)
        return f"postgresql://{quote(self.user, safe='')}{secret}@/{quote(self.dbname, safe='')}?{query}"

    def environment(self) -> dict[str, str]:
        """What a generated profiles.yml reads by `env_var`."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.dbname,
            "ERD2DBT_SCHEMA": self.schema,
        }


def open_session(connection: Connection) -> Session:
    """A session of the caller's own, to be closed by it; raises SqlError."""
    words: dict[str, Any] = dict(connection.options)
    session: Session = psycopg2.connect(
        host=connection.host,
        port=connection.port,
        user=connection.user,
        password=connection.password,
        dbname=connection.dbname,
        application_name="erd2dbt",
        client_encoding="UTF8",
        connect_timeout=10,
        **words,
    )
    return session


@contextmanager
def connect(connection: Connection) -> Iterator[Session]:
    """A session that is closed at the end; what was not committed is rolled back. ErdError E704."""
    try:
        session = open_session(connection)
    except SqlError as error:
        raise ErdError([_unreachable(connection, error)]) from None
    try:
        yield session
    finally:
        session.close()


def _unreachable(connection: Connection, error: SqlError) -> Diagnostic:
    first, *rest = (line.strip() for line in str(error).strip().splitlines())
    return Diagnostic(
        code="E704",
        message=f"cannot connect to {connection.masked_url}: {first}",
        notes=tuple(rest),
        fixes=("correct host, port, user, password or dbname of the address",)
        if connection.is_address
        else (
            "correct host, port, user, password or dbname of this target in profiles.yml",
            "leave out `--target` and `--profiles-dir`: the embedded PostgreSQL then serves",
        ),
    )


def from_address(address: str) -> Connection:
    """`postgresql://user:password@host:port/dbname?…`, as libpq reads it, variables and all. ErdError E704."""
    try:
        given = psycopg2.extensions.parse_dsn(address)
        port = int(given.pop("port", None) or os.environ.get("PGPORT", "5432"))
    except (SqlError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        fixes = ("write it as postgresql://user:password@host:5432/dbname",)
        raise ErdError([Diagnostic(code="E704", message=f"this is no address: {reason}", fixes=fixes)]) from None

    def word(name: str, variable: str, usual: str = "") -> str:
        return str(given.pop(name, None) or os.environ.get(variable, usual))

    user = word("user", "PGUSER", "postgres")
    return Connection(
        host=word("host", "PGHOST"),
        port=port,
        user=user,
        password=word("password", "PGPASSWORD"),
        dbname=word("dbname", "PGDATABASE", user),
        schema="",
        options=tuple((name, str(value)) for name, value in given.items()),
        is_address=True,
    )


def from_profile(profiles_dir: Path, profile: str, target: str | None) -> Connection:
    """The connection that dbt would use for this profile and target (None: the profile's). ErdError E704."""
    from erd2dbt.run.profile import read_target

    values = read_target(profiles_dir / "profiles.yml", profile, target)
    ssl = ("sslmode", "sslcert", "sslkey", "sslrootcert")
    options = [(word, values[word]) for word in ssl if word in values]
    if "role" in values:
        role = values["role"].replace("\\", r"\\").replace(" ", r"\ ")
        options.append(("options", f"-c role={role}"))
    return Connection(
        host=values["host"],
        port=int(values["port"]),
        user=values["user"],
        password=values.get("password", ""),
        dbname=values["dbname"],
        schema=values["schema"],
        options=tuple(options),
    )
