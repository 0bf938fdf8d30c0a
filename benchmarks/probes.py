"""Which functions, operators and casts of PostgreSQL have the same values on another engine: measured.

Usage: `python benchmarks/probes.py [ENGINE …] [--write] [--different]`. Tries every probe of `probing/*.yml` on
PostgreSQL and on each engine that is installed, as the product prints it there. `probing/<engine>.txt` holds the ways
in which a call may be written there; the first that has PostgreSQL's values is taken. `--write` puts the list where the
product reads it.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from erd2dbt import engines
from erd2dbt.engines.registry import DEFAULT, ENGINES
from probing.listing import different, listing, text
from probing.measuring import on_postgres
from probing.runners import RUNNERS, postgres
from probing.table import probes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engines", nargs="*", metavar="ENGINE")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--different", action="store_true", help="print what is not listed, and why")
    arguments = parser.parse_args()
    every = list(probes())
    print(f"{len({p.text for p in every})} expressions, {len(every)} over their types")
    with postgres() as server:
        wanted, invalid = on_postgres(server, DEFAULT, every)
        for probe in invalid:
            print(f"not on PostgreSQL: {probe.text} over {', '.join(probe.table.types)}")
        for name in arguments.engines or RUNNERS:
            try:
                runner = RUNNERS[name]()
            except ImportError as error:
                print(f"{name}: not installed ({error})")
                continue
            began = time.monotonic()
            found = listing(runner, ENGINES[name], wanted, lambda line: print(line, file=sys.stderr))
            seconds = time.monotonic() - began
            versions = ", ".join(f"{k} {v}" for k, v in {**runner.versions(), **server.versions()}.items())
            print(f"{name}: {len(found.lines)} calls have PostgreSQL's values; {versions}; {seconds:.0f} s")
            if arguments.different:
                print("\n".join(f"  {line}" for line in different(found)))
                print("\n".join(f"  only {name} refuses: {line}" for line in found.loud))
                print("\n".join(f"  without a rule: {line}" for line in found.unlisted))
            if arguments.write:
                file = Path(engines.__file__).parent / "functions" / f"{name}.txt"
                file.write_text(text(ENGINES[name], found, versions, f"{datetime.now(UTC):%Y-%m-%d}"), encoding="utf-8")


if __name__ == "__main__":
    main()
