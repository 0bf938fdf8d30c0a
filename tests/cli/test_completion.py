"""Completion in the shells themselves: bash, zsh and fish load the script and complete what a user has typed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from erd2dbt.cli import TASKS

if TYPE_CHECKING:
    from conftest import Shop

# How each shell is asked for what it would offer for the last of these words, one a line.
ASKED = {
    "bash": """
        source {script}
        COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _erd2dbt_completion erd2dbt; printf '%s\\n' "${{COMPREPLY[@]}}" """,
    "zsh": """
        compdef() {{ }}
        compadd() {{ print -l -- $completions }}
        _describe() {{ print -l -- ${{completions_with_descriptions%%:*}} }}
        source {script}
        words=({words}); CURRENT=${{#words}}
        _erd2dbt_completion""",
    "fish": "source {script}; complete -C {line}",
}


@pytest.fixture(params=list(ASKED))
def shell(request: pytest.FixtureRequest) -> str:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


def offered(shop: Shop, shell: str, *words: str) -> list[str]:
    script = shop.folder / f"complete.{shell}"
    script.write_text(shop.run("completion", shell).stdout, encoding="utf-8")
    listed = " ".join(f"'{word}'" for word in ("erd2dbt", *words))
    line = "'erd2dbt " + " ".join(words) + "'"
    program = ASKED[shell].format(script=script, words=listed, line=line)
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    home = {"HOME": str(shop.folder), "XDG_CONFIG_HOME": str(shop.folder)}
    done = subprocess.run(
        [shell, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, "PATH": path, **home}
    )
    return [line.split("\t")[0] for line in done.stdout.splitlines()]  # fish describes what it offers


def test_commands(shop: Shop, shell: str) -> None:
    assert offered(shop, shell, "ge") == ["generate"]
    assert set(offered(shop, shell, "p")) == {"page", "plan", "preview", "psql", "pull", "push"}


def test_options(shop: Shop, shell: str) -> None:
    assert set(offered(shop, shell, "generate", "--no")) == {"--no-compile"}
    assert set(offered(shop, shell, "generate", "--conflict", "")) == {"markers", "ours", "theirs"}


def test_names_of_the_spec(shop: Shop, shell: str) -> None:
    assert set(offered(shop, shell, "explain", "customer")) == {"customer_value"}
    assert set(offered(shop, shell, "explain", "order_facts.co")) == {"order_facts.country"}
    assert set(offered(shop, shell, "explain", "E20")) >= {"E201", "E202"}
    assert set(offered(shop, shell, "preview", "shop.yml", "cus")) == {"customers"}


def test_names_that_a_shell_would_run_are_not_offered(shop: Shop, shell: str) -> None:
    shop.replace("shop.yml", "  customer_value:\n", '  "customer_$(touch hit)":\n    grain: x\n  customer_value:\n')
    assert set(offered(shop, shell, "explain", "customer")) == {"customer_value"}
    assert not (shop.folder / "hit").exists()


def test_a_spec_that_cannot_be_read_is_no_fault(shop: Shop, shell: str) -> None:
    Path("shop.yml").write_bytes(b"entities: [\xff" + b"{" * 500)
    assert offered(shop, shell, "explain", "customer") in ([], [""])


def test_what_was_meant(shop: Shop) -> None:
    for words, meant in (
        (("geenrate", "shop.yml"), "did you mean `generate`?"),
        (("explain", "customer_valeu", "shop.yml"), "did you mean `customer_value`?"),
        (("explain", "customer_value.orderz", "shop.yml"), "did you mean"),
        (("preview", "shop.yml", "custmers"), "did you mean `customers`?"),
        (("preview", "shop.yml", "customer_value"), "`erd2dbt build shop.yml --show customer_value`"),
        (("build", "shop.yml", "--show", "customr_value"), "did you mean `customer_value`?"),
    ):
        done = shop.run(*words)
        assert done.exit_code == 2
        assert meant in done.stderr, done.stderr
    assert "--no-compile" in shop.run("generate", "shop.yml", "--no-compil").stderr


def test_the_help_has_every_command_under_a_task(shop: Shop) -> None:
    said = shop.run("--help").stdout
    for title, commands in TASKS.items():
        part = said[said.index(f"\n{title}:\n") :].split("\n\n")[0]
        assert [line.split()[0] for line in part.splitlines()[2:] if line[2:3] != " "] == list(commands)
