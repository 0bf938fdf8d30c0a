"""The reference example parsed and compiled by dbt with the adapter of each warehouse that cannot run here.

Usage: `python benchmarks/adapters.py [ENGINE …] [--folder DIR]`. Makes a virtual environment for each adapter in the
folder, which is kept. Credentials are invented, and nothing is asked of a warehouse: what is checked is that dbt reads
the project, and that its macros and the adapter's render every model and test. An adapter that cannot be installed here
is reported and skipped.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from dbt_versions import ROOT, SPEC, Version, installed, run

_CORE = "dbt-core>=1.11,<1.12"
ADAPTERS = {
    "redshift": "dbt-redshift==1.11.2",
    "databricks": "dbt-databricks==1.11.8",
    "snowflake": "dbt-snowflake==1.11.6",
    "bigquery": "dbt-bigquery==1.11.3",
    "trino": "dbt-trino==1.11.0",
    "athena": "dbt-athena==1.11.1",
}
_INVENTED = {
    "REDSHIFT_HOST": "example.invalid",
    "REDSHIFT_USER": "nobody",
    "REDSHIFT_DATABASE": "shop",
    "DATABRICKS_HOST": "example.invalid",
    "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/0",
    "DATABRICKS_TOKEN": "invented",
    "SNOWFLAKE_ACCOUNT": "invented",
    "SNOWFLAKE_USER": "nobody",
    "SNOWFLAKE_PASSWORD": "invented",
    "SNOWFLAKE_WAREHOUSE": "small",
    "SNOWFLAKE_DATABASE": "shop",
    "TRINO_HOST": "example.invalid",
    "TRINO_USER": "nobody",
    "TRINO_CATALOG": "shop",
    "AWS_REGION": "eu-central-1",
    "ATHENA_STAGING_DIR": "s3://example/staging/",
    "ATHENA_DATA_DIR": "s3://example/data/",
    "GOOGLE_CLOUD_PROJECT": "invented",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}
# BigQuery's client looks for a file with credentials before dbt compiles; nothing is asked with them.
_GOOGLE = {"type": "authorized_user", "client_id": "invented", "client_secret": "invented", "refresh_token": "invented"}
_COMMANDS = (("parse",), ("compile", "--no-populate-cache", "--no-introspect"))
_GENERATE = (
    "import sys; from erd2dbt.cli import main; "
    "main(['generate', sys.argv[1], '--engine', sys.argv[2], '-o', sys.argv[3], '--no-compile'])"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(ADAPTERS))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "erd2dbt-adapters")
    arguments = parser.parse_args()
    bad = 0
    for engine in arguments.engines or ADAPTERS:
        home = arguments.folder.absolute() / engine
        problem = installed(Version(engine, (_CORE, ADAPTERS[engine]), only_parses=True), home)
        if problem:
            print(f"{engine}: skipped, {ADAPTERS[engine]} cannot be installed here: {problem}")
            continue
        said = run_dbt(engine, home)
        bad += said != ""
        print(f"{engine} ({ADAPTERS[engine]}): {said or 'parsed and compiled'}")
    sys.exit(1 if bad else 0)


def run_dbt(engine: str, home: Path) -> str:
    """What dbt says where it fails."""
    with tempfile.TemporaryDirectory(prefix="erd2dbt-") as folder:
        out = Path(folder) / "project"
        made = run([sys.executable, "-c", _GENERATE, str(SPEC), engine, str(out)], PYTHONPATH=str(ROOT / "src"))
        if made.returncode:
            return f"not generated: {made.stderr.strip().splitlines()[0]}"
        google = Path(folder) / "google.json"
        google.write_text(json.dumps(_GOOGLE), encoding="utf-8")
        for words in _COMMANDS:
            dbt = [str(home / "bin" / "dbt"), *words, "--project-dir", str(out), "--profiles-dir", str(out)]
            done = run(dbt, **_INVENTED, GOOGLE_APPLICATION_CREDENTIALS=str(google))
            if done.returncode:
                return f"dbt {words[0]}: {done.stdout[-400:]}"
    return ""


if __name__ == "__main__":
    main()
