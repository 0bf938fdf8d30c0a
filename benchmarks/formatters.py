"""Regeneration of projects that formatters have rewritten: what conflicts, and what comes out otherwise than it should.

Usage: `python benchmarks/formatters.py --changes 200 --sqlfmt sqlfmt --sqlfluff sqlfluff --prettier prettier`.

A project is generated, edited by hand in places, and rewritten as a whole by each formatter. Then the spec changes at
random, and the project is generated anew. What comes out must mean what comes out of the project that no formatter has
touched: SQL is compared by its parts, YAML by its values.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import yaml

from erd2dbt.design.project.identities import identities
from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines import generation
from erd2dbt.write.changes import Naming, apply, decide, refusals
from erd2dbt.write.merging.sqlparts import read_sql

SPEC = Path(__file__).parents[1] / "specs" / "marketing.yml"
BASES = 4  # projects that are edited and formatted; the first one is as it was generated

Files = dict[str, str]
Format = Callable[[Path], None]


def main() -> None:
    arguments = _arguments()
    formats = {name: one for name, one in _formats(arguments) if arguments.only in (None, name)}
    changes = [change for seed in range(arguments.changes * 3) if (change := _change(seed))][: arguments.changes]
    print(f"{len(changes)} changes of the spec, {BASES} projects\n")
    print(f"{'formatter':<14}{'runs':>6}{'merged':>8}{'conflicts':>11}{'of these new':>14}{'other meaning':>15}")
    for name, format_ in formats.items():
        found = _measured(format_, changes)
        print(f"{name:<14}{found.runs:>6}{found.merged:>8}{found.conflicts:>11}{found.new:>14}{len(found.wrong):>15}")
        for line in found.wrong[: arguments.show]:
            print(f"    {line}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--show", type=int, default=3, help="examples of other meanings")
    parser.add_argument("--only", help="one of the formatters, such as `yaml sorted`")
    for name in ("sqlfmt", "sqlfluff", "prettier"):
        parser.add_argument(f"--{name}", help="the program, where it is to be tried")
    return parser.parse_args()


# -- formatters


def _formats(arguments: argparse.Namespace) -> Iterator[tuple[str, Format]]:
    yield "none", lambda _: None
    yield "yaml dumper", lambda out: _dumped(out, sort=False)
    yield "yaml sorted", lambda out: _dumped(out, sort=True)
    if arguments.sqlfmt:
        yield "sqlfmt", lambda out: _called(arguments.sqlfmt, "-q", out / "models")
    if arguments.sqlfluff:
        words = ("fix", "-q", "--dialect", "postgres", "--templater", "jinja", "--disable-progress-bar")
        yield "sqlfluff fix", lambda out: _called(arguments.sqlfluff, *words, out / "models")
    if arguments.prettier:
        yield "prettier", lambda out: _called(arguments.prettier, "--write", "--log-level=silent", out)
    if arguments.sqlfmt and arguments.prettier:
        yield "both", lambda out: _both(arguments, out)


def _both(arguments: argparse.Namespace, out: Path) -> None:
    _called(arguments.sqlfmt, "-q", out / "models")
    _called(arguments.prettier, "--write", "--log-level=silent", out)


def _called(program: str, *words: str | Path) -> None:
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(f"{program}: {done.stderr or done.stdout}")


def _dumped(out: Path, *, sort: bool) -> None:
    for file in out.rglob("*.yml"):
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()), sort_keys=sort, allow_unicode=True))


# -- changes of the spec


@dataclass(frozen=True)
class Change:
    """A spec, what it gives, and its seed."""

    seed: int
    files: Files
    naming: Naming


def _change(seed: int) -> Change | None:
    random = Random(seed)
    spec = yaml.safe_load(SPEC.read_text())
    for _ in range(random.randint(1, 3)):
        random.choice(EDITS)(spec, random)
    return _generated(seed, spec)


def _generated(seed: int, spec: dict[str, Any]) -> Change | None:
    try:
        made = generation.generate(yaml.safe_dump(spec, sort_keys=False).encode(), "spec.yml")
    except ErdError:
        return None
    return Change(seed, dict(made.files), Naming(now=identities(made.erd, made.project.sql_paths)))


def _any(random: Random, things: dict[str, Any]) -> tuple[str, Any]:
    name = random.choice(list(things))
    return name, things[name]


def _add_raw_column(spec: dict[str, Any], random: Random) -> None:
    columns = _any(random, spec["entities"])[1]["columns"]
    _put(columns, random, f"extra_{random.randint(1, 9)}", random.choice(["text", "int", "numeric(12,2)", "date"]))


def _put(columns: dict[str, Any], random: Random, name: str, value: Any) -> None:
    """At any place."""
    pairs = list(columns.items())
    pairs.insert(random.randint(0, len(pairs)), (name, value))
    columns.clear()
    columns.update(pairs)


def _retype(spec: dict[str, Any], random: Random) -> None:
    columns = _any(random, spec["entities"])[1]["columns"]
    name = random.choice(list(columns))
    if columns[name] in ("int", "bigint"):
        columns[name] = {"type": "bigint", "cast": True}


def _drop_column(spec: dict[str, Any], random: Random) -> None:
    columns = _any(random, {**spec["entities"], **spec["models"]})[1].get("columns", {})
    if len(columns) > 1:
        del columns[random.choice(list(columns))]


def _add_model_column(spec: dict[str, Any], random: Random) -> None:
    model = _any(random, spec["models"])[1]
    rows = model.get("rows")
    columns = spec["entities"].get(rows, spec["models"].get(rows, {})).get("columns", {})
    numbers = [c for c, said in columns.items() if said in ("int", "bigint", "numeric(12,2)")]
    if isinstance(rows, str) and numbers and isinstance(model.get("grain"), str):
        column = random.choice(numbers)
        _put(model["columns"], random, f"most_{column}", f"max({rows}.{column})")


def _describe(spec: dict[str, Any], random: Random) -> None:
    said = random.choice(["What was counted", "As the shop has it, with all that is returned later on, in euros"])
    _any(random, {**spec["entities"], **spec["models"]})[1]["description"] = said


def _formula(spec: dict[str, Any], random: Random) -> None:
    for model in spec["models"].values():
        for name, said in model.get("columns", {}).items():
            if isinstance(said, str) and said.startswith(("min(", "max(")) and random.random() < 0.5:
                model["columns"][name] = {"min": "max", "max": "min"}[said[:3]] + said[3:]
                return


def _tiers(spec: dict[str, Any], random: Random) -> None:
    for entity in (*spec["entities"].values(), *spec["models"].values()):
        for said in entity.get("columns", {}).values():
            if isinstance(said, dict) and "cut" in said and random.random() < 0.5:
                word = random.choice(list(said["cut"]))
                said["cut"][word] += random.randint(1, 20)
                return


def _drop_model(spec: dict[str, Any], random: Random) -> None:
    del spec["models"][random.choice(list(spec["models"]))]


def _add_model(spec: dict[str, Any], random: Random) -> None:
    spec["models"][f"new_{random.randint(1, 9)}"] = {
        "grain": "session_id",
        "rows": "sessions",
        "keep": ["channel"],
        "columns": {"n": "count(conversions.conversion_id)"},
    }


def _rename(spec: dict[str, Any], random: Random) -> None:
    """A model or a column of a model."""
    name, model = _any(random, spec["models"])
    text = yaml.safe_dump(spec, sort_keys=False)
    if random.random() < 0.5:
        column, said = _any(random, model["columns"])
        if any(f".{column}" in text.replace(f"{one}.{column}", "") for one in spec["models"]) or column in text.split():
            return
        new = said if isinstance(said, dict) else {"is": said}
        _swap(model["columns"], column, f"{column}_now", {**new, "renamed_from": column})
        return
    _swap(spec["models"], name, f"{name}_now", {**model, "renamed_from": name})
    for other in spec["models"].values():
        if other.get("rows") == name:
            other["rows"] = f"{name}_now"


def _swap(things: dict[str, Any], old: str, new: str, value: Any) -> None:
    pairs = [(new, value) if name == old else (name, one) for name, one in things.items()]
    things.clear()
    things.update(pairs)


EDITS = (
    _add_raw_column,
    _retype,
    _drop_column,
    _add_model_column,
    _describe,
    _formula,
    _tiers,
    _drop_model,
    _add_model,
    _rename,
    _rename,
)


# -- edits by hand


def _edited(files: Files, seed: int) -> Files:
    """A comment, a column and a condition of the user's in some models, and tests of the user's."""
    if not seed:
        return files
    random, found = Random(seed), dict(files)
    for path in random.sample(sorted(p for p in files if p.startswith("models/")), 5):
        text = found[path]
        if path.endswith(".sql"):
            head, sign, tail = text.rpartition("\n    from ")
            found[path] = f"{head.rstrip()},\n        1 as mine_{seed}\n\n    from {tail}" if sign else text
            found[path] = f"{found[path]}-- mine\n"
        else:
            found[path] = re.sub(r"(?m)^( +)data_type: .*$", r"\g<0>\n\1meta: {mine: 1}", text, count=1)
    return found


# -- what is measured


@dataclass
class Found:
    """`new`: conflicts that are none without the formatter. `wrong`: what comes out otherwise."""

    runs: int = 0
    merged: int = 0
    conflicts: int = 0
    new: int = 0
    wrong: list[str] = field(default_factory=list)


def _measured(format_: Format, changes: list[Change]) -> Found:
    first = _generated(-1, yaml.safe_load(SPEC.read_text()))
    assert first is not None
    found = Found()
    plain, formatted = ([_base(first, seed, how) for seed in range(BASES)] for how in ((lambda _: None), format_))
    for number, change in enumerate(changes):
        base = number % BASES
        expected, got = _regenerated(plain[base], change), _regenerated(formatted[base], change)
        found.runs += 1
        found.conflicts += isinstance(got, str)
        if isinstance(got, str):
            found.new += not isinstance(expected, str)
            if not isinstance(expected, str):
                found.wrong += [f"seed {change.seed}, project {base}: conflict: {got}"]
            continue
        if isinstance(expected, str):
            continue
        found.merged += 1
        found.wrong += [f"seed {change.seed}, project {base}: {path}" for path in _differing(expected, got)]
    return found


def _base(first: Change, seed: int, format_: Format) -> Files:
    """A project as it stands on the disk, with what the tool remembers."""
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as folder:
        out = Path(folder) / "out"
        apply(decide(first.files, out, naming=first.naming), first.files, out, naming=first.naming)
        for path, text in _edited(first.files, seed).items():
            (out / path).write_text(text)
        format_(out)
        return _tree(out)


def _tree(out: Path) -> Files:
    return {file.relative_to(out).as_posix(): file.read_text() for file in out.rglob("*") if file.is_file()}


def _regenerated(base: Files, change: Change) -> Files | str:
    """What stands there afterwards, or the first conflict."""
    with tempfile.TemporaryDirectory(prefix="erd2dbt-benchmark-") as folder:
        out = Path(folder)
        for path, text in base.items():
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_text(text)
        decided = decide(change.files, out, naming=change.naming)
        if refused := refusals(decided):
            return f"{refused[0].span}: {refused[0].message}"
        apply(decided, change.files, out, naming=change.naming)
        return _tree(out)


def _differing(expected: Files, got: Files) -> list[str]:
    paths = {*expected, *got} - {".erd2dbt.lock", ".erd2dbt.base", "README.md"}
    return sorted(path for path in paths if _meaning(path, expected.get(path)) != _meaning(path, got.get(path)))


def _meaning(path: str, text: str | None) -> Any:
    if text is None:
        return None
    if path.endswith(".sql") and (read := read_sql(text)):
        return read.loose
    if path.endswith(".yml"):
        return _unordered(yaml.safe_load(text))
    return text.split()


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return frozenset((key, _unordered(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return frozenset(Counter(map(_unordered, value)).items())
    return value.rstrip("\n") if isinstance(value, str) else value


if __name__ == "__main__":
    main()
