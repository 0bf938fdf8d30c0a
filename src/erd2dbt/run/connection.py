"""The address and credentials of a PostgreSQL; the seam to psycopg2."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import psycopg2
import psycopg2.extensions

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.system.secrets import MASK, remember, remember_all

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Connection", "Session", "SqlError", "connect", "from_address", "from_profile", "open_session"]

Session = psycopg2.extensions.connection
SqlError = psycopg2.Error


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One database of one PostgreSQL. `host` is a name, an address, or the folder of a Unix socket."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    dbname: str
    schema: str
    options: tuple[tuple[str, str], ...] = ()  # further options of libpq, such as ("sslmode", "require")
    is_address: bool = False  # it was given as an address, not by a profile

    @property
    def url(self) -> str:
        """The address for libpq, with the password: never print it."""
        return self._url(f":{quote(self.password, safe='')}" if self.password else "", self.options)

    @property
    def masked_url(self) -> str:
        """The address for display, without the password."""
        options = tuple((name, MASK if name == "sslpassword" else value) for name, value in self.options)
        return self._url(f":{MASK}" if self.password else "", options)

    def _url(self, secret: str, options: tuple[tuple[str, str], ...]) -> str:
        query = urlencode((("host", self.host), ("port", self.port), *options), quote_via=quote)
        return f"postgresql://{quote(self.user, safe='')}{secret}@/{quote(self.dbname, safe='')}?{query}"

    def environment(self) -> dict[str, str]:
        """The variables that a generated profiles.yml reads by `env_var`."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.dbname,
            "ERD2DBT_SCHEMA": self.schema,
        }


def open_session(connection: Connection) -> Session:
    """Return a new session, which the caller must close. Raises SqlError."""
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
    """Open a session that is closed at the end, with uncommitted changes rolled back. Raises ErdError E704."""
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
            "omit `--target` and `--profiles-dir` to use the embedded PostgreSQL",
        ),
    )


def from_address(address: str) -> Connection:
    """Return the connection of `postgresql://user:password@host:port/dbname?…`, as libpq reads it, with its environment
    variables. Raises ErdError E704."""
    address = address.strip()
    if "://" in address and not _ADDRESS.fullmatch(address):
        remember_all(address)
        raise _no_address("a part of it has signs that an address cannot have, or it is not of PostgreSQL")
    try:
        given = psycopg2.extensions.parse_dsn(address)
        port = int(given.pop("port", None) or os.environ.get("PGPORT", "5432"))
    except ValueError:
        raise _no_address("its port is not a number") from None
    except SqlError:
        remember_all(address)  # the driver's messages quote the address with its password
        raise _no_address("PostgreSQL's library cannot read it") from None

    def word(name: str, variable: str, usual: str = "") -> str:
        return str(given.pop(name, None) or os.environ.get(variable, usual))

    user = word("user", "PGUSER", "postgres")
    password = word("password", "PGPASSWORD")
    remember(password, public=(user,))
    remember(given.get("sslpassword"))
    return Connection(
        host=word("host", "PGHOST"),
        port=port,
        user=user,
        password=password,
        dbname=word("dbname", "PGDATABASE", user),
        schema="",
        options=tuple((name, str(value)) for name, value in given.items()),
        is_address=True,
    )


# Characters with a meaning in an address are percent-encoded in other parts: `%40` for `@`.
_WORD = r"(?:[^\s:/?#@%\[\]]|%[0-9A-Fa-f]{2})*"
_HOST = rf"(?:\[[0-9A-Fa-f:.%]*\]|{_WORD})(?::\d*)?"
_ADDRESS = re.compile(
    rf"postgres(?:ql)?://(?:{_WORD}(?::{_WORD})?@)?{_HOST}(?:,{_HOST})*(?:/{_WORD})?(?:\?[^\s#]*)?", re.IGNORECASE
)


def _no_address(why: str) -> ErdError:
    fixes = (
        "write it as postgresql://user:password@host:5432/dbname",
        "in the password, write `@` as %40, `:` as %3A, `/` as %2F, `#` as %23, `?` as %3F, `%` as %25, a blank as %20",
    )
    return ErdError([Diagnostic(code="E704", message=f"this is not an address: {why}", fixes=fixes)])


def from_profile(profiles_dir: Path, profile: str, target: str | None) -> Connection:
    """Return the connection that dbt uses for this profile and target (None: the profile's default). Raises ErdError
    E704."""
    from erd2dbt.run.profile import read_target

    values = read_target(profiles_dir / "profiles.yml", profile, target)
    ssl = ("sslmode", "sslcert", "sslkey", "sslrootcert")
    options = [(word, values[word]) for word in ssl if word in values]
    remember(values.get("password"), public=(values["user"], values["dbname"]))
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
