"""Sessions on a local Spark with Iceberg tables, with the interface of PostgreSQL's driver; the seam to pyspark.

The catalog of the tables is an H2 database beside them, which this process and dbt's may have open at the same time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from erd2dbt.engines.registry import Missing, is_installed, not_installed
from erd2dbt.engines.spark import SPARK
from erd2dbt.run.connection import SqlError
from erd2dbt.run.cursor import Answer, Cursor

_H2 = ("/usr/share/java/h2.jar", "/usr/local/share/java/h2.jar")
_JARS = "ERD2DBT_SPARK_JARS"
_EXTRA = f"pip install 'erd2dbt[{SPARK.extra}]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkFolder:
    """A folder of Iceberg tables with their catalog, and the schema in which dbt builds."""

    path: Path
    schema: str = "analytics"

    @property
    def masked_url(self) -> str:
        """The address for display."""
        return str(self.path)

    def environment(self) -> dict[str, str]:
        """The variables that a generated profiles.yml reads by `env_var`, and those that Spark itself reads."""
        return {
            "ERD2DBT_SPARK_LAKE": str(self.path.absolute()),
            _JARS: jars(),
            "ERD2DBT_SCHEMA": self.schema,
            "SPARK_LOCAL_IP": "127.0.0.1",
        }

    def settings(self) -> dict[str, str]:
        """The settings of the generated profile."""
        lake = str(self.path.absolute())
        return {
            "spark.master": os.environ.get("ERD2DBT_SPARK_MASTER", "local[2]"),
            "spark.jars": jars(),
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "spark.sql.defaultCatalog": "lake",
            "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
            "spark.sql.catalog.lake.type": "jdbc",
            "spark.sql.catalog.lake.uri": f"jdbc:h2:file:{lake}/catalog;DATABASE_TO_UPPER=false;AUTO_SERVER=TRUE",
            "spark.sql.catalog.lake.jdbc.schema-version": "V1",
            "spark.sql.catalog.lake.warehouse": lake,
            "spark.sql.warehouse.dir": f"{lake}/.spark",
            **SAME,
        }


# Of each session, including those that only analyze.
SAME = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    # Spark's own catalog stays empty; Hive's would be a database in the current folder.
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.shuffle.partitions": "2",
}


def lake_of(folder: Path, project: str) -> SparkFolder:
    """Return the tables of a project in its folder."""
    return SparkFolder(path=folder / f"{project}.lake")


def missing() -> tuple[Missing, ...]:
    """Return what must be installed before a local Spark can start."""
    needs_jars = _JARS not in os.environ
    found = (
        (SPARK.adapter, is_installed(SPARK), _EXTRA),
        ("PySpark", find_spec("pyspark") is not None, _EXTRA),
        ("the jar of Iceberg", not needs_jars or _iceberg() is not None, _EXTRA),
        ("Java 17", has_java(), "install Java 17, on Debian by `apt-get install openjdk-17-jre-headless`"),
        (
            "the jar of H2",
            not needs_jars or _h2() is not None,
            "install the H2 database, on Debian by `apt-get install libh2-java`",
        ),
    )
    return tuple(Missing(what, install) for what, is_there, install in found if not is_there)


def has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java") or (home and Path(home, "bin", "java").exists()))


def require_local() -> None:
    """Raise ErdError E708 with the missing installations, if a local Spark cannot start."""
    needed = missing()
    if needed:
        named = f"or name the jars of Iceberg and H2 in {_JARS}, separated by commas"
        jars_too = (named,) if any(one.what.startswith("the jar") for one in needed) else ()
        raise not_installed(SPARK, needed, *jars_too, "or name a cluster by `--target` and `--profiles-dir`")


def jars() -> str:
    """Return the jars of Iceberg and of H2, separated by commas."""
    return os.environ.get(_JARS) or ",".join(path for path in (_iceberg(), _h2()) if path)


def _iceberg() -> str | None:
    spec = find_spec("snowpark_connect_deps_iceberg")
    for place in spec.submodule_search_locations or () if spec is not None else ():
        for jar in sorted(Path(place, "jars").glob("iceberg-spark-runtime-3.5_2.12-*.jar")):
            return str(jar)
    return None


def _h2() -> str | None:
    return next((path for path in _H2 if Path(path).exists()), None)


# -- sessions


@contextmanager
def opened(settings: dict[str, str]) -> Iterator[Any]:
    """Open a SparkSession, whose Java process ends with it. Its errors are SqlError. Raises ErdError E708."""
    require_local()
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.appName("erd2dbt")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with _silence():
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        yield session
    except PySparkException as error:
        raise SqlError(error_text(error)) from None
    finally:
        _end(session)


@contextmanager
def _silence() -> Iterator[None]:
    """Suppress the messages that Java writes to the inherited standard error while it starts."""
    kept = os.dup(2)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _end(session: Any) -> None:
    gateway = session.sparkContext._gateway
    with contextlib.suppress(Exception):
        session.stop()
    with contextlib.suppress(Exception):
        gateway.shutdown()
        gateway.proc.stdin.close()  # it waits for this
        gateway.proc.wait(10)
    type(session.sparkContext)._gateway = None
    type(session.sparkContext)._jvm = None


def error_text(error: BaseException) -> str:
    """Return Spark's message in one line, without the name of the error."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return first.partition("] ")[2] or first if first.startswith("[") else first


@dataclass(frozen=True, slots=True)
class LakeSession:
    """A read-only session."""

    session: Any

    def cursor(self) -> Cursor:
        return Cursor(self._answer)

    def _answer(self, statements: Sequence[str]) -> Answer:
        try:
            for statement in statements:
                answer = self.session.sql(statement)
            return answer.columns, [tuple(row) for row in answer.collect()]
        except Exception as error:  # of pyspark, or of Java
            raise SqlError(error_text(error)) from None
