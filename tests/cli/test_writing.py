"""What `generate`, `check`, `init` and `explain` say and write: exit codes, refusals, options; without dbt."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shop

GENERATE = ("generate", "shop.yml", "--no-compile", "-o", "out")
README, MODEL, NEW_MODEL = "README.md", "models/marts/order_facts.sql", "models/marts/names.sql"
VALUE, YAML = "models/marts/customer_value.sql", "models/marts/_marts__models.yml"
ADDED = "  names: {grain: customer_id, rows: customers, keep: [name]}\n"


def written() -> dict[str, tuple[int, bytes]]:
    """Every file of the output, with its time in ns and its bytes."""
    files = sorted(path for path in Path("out").rglob("*") if path.is_file())
    return {path.relative_to("out").as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def edit(path: str, old: str, new: str) -> None:
    file = Path("out", path)
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def codes(text: str) -> list[str]:
    return [fault["code"] for fault in json.loads(text)]


# -- done: exit code 0


def test_generated_twice_is_the_same(shop: Shop) -> None:
    first = shop.run(*GENERATE)
    assert first.exit_code == 0, first.stderr
    assert "wrote    11 files to out: 11 new\n" in first.stdout
    before = written()
    for path in before:
        os.utime(f"out/{path}", ns=(1, 1))  # a write would be seen however coarse the clock is
    for force in ((), ("--force",)):
        again = shop.run(*GENERATE, *force)
        assert again.exit_code == 0
        assert "wrote    0 files to out: 11 the same\n" in again.stdout
        assert written() == {path: (1, text) for path, (_, text) in before.items()}


def test_only_what_changed_is_written_and_what_left_is_removed(shop: Shop) -> None:
    shop.run(*GENERATE)
    shop.replace("shop.yml", "  order_facts:", ADDED + "  order_lines:")
    done = shop.run(*GENERATE)
    assert done.exit_code == 0
    assert "wrote    4 files to out: 2 new, 2 changed, 8 the same, 1 removed\n" in done.stdout
    assert MODEL not in written()
    assert NEW_MODEL in written()


def test_the_folder_is_the_spec_s_unless_told_otherwise(shop: Shop) -> None:
    assert shop.run("generate", "shop.yml", "--no-compile").exit_code == 0
    shop.replace("shop.yml", "project: shop\n", "project: shop\noutput: Büro und Lager\n")
    assert shop.run("generate", "shop.yml", "--no-compile").exit_code == 0
    for folder in ("shop", "Büro und Lager"):
        assert Path(folder, "dbt_project.yml").is_file()


def test_no_more_than_asked_for(shop: Shop) -> None:
    """A summary and a count of remarks; with -v each remark in full; with -q nothing; nothing of it with colours."""
    plain = shop.run(*GENERATE)
    assert plain.stdout.startswith(
        "read     2 entities, 1 link, 2 models; 4 grains proved\n"
        "checked  1 warning and 1 note, listed by `erd2dbt check shop.yml`\n"
    )
    assert plain.stderr == ""
    full = shop.run(*GENERATE, "-v")
    assert "checked " not in full.stdout
    assert "shop.yml:26:22: info I204: " in full.stderr
    assert "shop.yml:27:13: warning W501: " in full.stderr
    assert "\x1b" not in plain.output + full.output
    for quiet in (shop.run(*GENERATE, "-q"), shop.run("check", "shop.yml", "-q")):
        assert (quiet.exit_code, quiet.output) == (0, "")


def test_check_shows_remarks_in_place_and_writes_nothing(shop: Shop) -> None:
    done = shop.run("check", "shop.yml")
    assert done.exit_code == 0
    assert done.stdout == "read     2 entities, 1 link, 2 models; 4 grains proved\n"
    assert "shop.yml:27:13: warning W501: " in done.stderr
    assert "  27 |       paid: max(orders.paid_on)\n     |             ^^^^" in done.stderr
    assert sorted(os.listdir()) == ["data", "shop.yml"]


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_remarks_as_json(shop: Shop, quiet: tuple[str, ...]) -> None:
    for command in (GENERATE, ("check", "shop.yml")):
        done = shop.run(*command, "--format", "json", *quiet)
        assert (done.exit_code, done.stderr) == (0, "")
        assert codes(done.stdout) == ["I204", "W501"]


# -- refused: exit code 1


def test_files_of_someone_else_are_listed_and_nothing_is_written(shop: Shop) -> None:
    shop.run(*GENERATE)
    shop.replace("shop.yml", "  order_facts:", ADDED + "  order_facts:")
    Path("out", README).unlink()
    Path("out", NEW_MODEL).write_text("select 1 as mine\n", encoding="utf-8")
    Path("out", ".erd2dbt.lock").unlink()
    Path("out", MODEL).write_text("select 2 as mine\n", encoding="utf-8")
    before = written()
    for choice in ((), ("--conflict", "ours")):
        done = shop.run(*GENERATE, *choice)
        assert done.exit_code == 1
        for path in (MODEL, NEW_MODEL):
            assert f"error E802: `{path}` was not generated by erd2dbt\n" in done.stderr
        assert done.stderr.endswith("\nnothing was written\n")
        assert "wrote" not in done.stdout
    as_json = shop.run(*GENERATE, "--format", "json")
    assert (as_json.exit_code, set(codes(as_json.stdout))) == (1, {"E802"})
    assert written() == before
    forced = shop.run(*GENERATE, "--force")
    assert forced.exit_code == 0
    assert "mine" not in Path("out", NEW_MODEL).read_text(encoding="utf-8")
    assert shop.run(*GENERATE).exit_code == 0


def test_edited_files_stay_and_are_told(shop: Shop) -> None:
    shop.run(*GENERATE)
    edit(MODEL, "select * from final", "select * from final -- mine")
    edit(YAML, 'description: "`country` from `raw.customers`"', "description: Where the customer lives")
    before = written()
    for _ in range(2):
        done = shop.run(*GENERATE)
        assert done.exit_code == 0
        assert "wrote    0 files to out: 2 kept, 9 the same\n" in done.stdout
        for path in (MODEL, YAML):
            assert f"kept     {path} was edited since it was generated\n" in done.stdout
    assert written() == before
    assert codes(shop.run(*GENERATE, "--format", "json").stdout) == ["I204", "W501"]
    assert shop.run(*GENERATE, "--force").exit_code == 0
    assert "mine" not in Path("out", MODEL).read_text(encoding="utf-8")


def with_conflicts(shop: Shop) -> None:
    """Two places at which an edit meets a change of the spec, and two more edits that do not."""
    shop.run(*GENERATE)
    edit(VALUE, "sum(amount) as revenue", "sum(amount * 2) as revenue")
    edit(VALUE, "select * from final", "select * from final -- mine")
    edit(YAML, 'description: "`country` from `raw.customers`"', "description: Where the customer lives")
    edit(YAML, 'description: "`amount` from `raw.orders`"', 'description: "`amount` from `raw.orders`"  # mine')
    shop.replace("shop.yml", "revenue: sum(orders.amount)", "revenue: max(orders.amount)")
    shop.replace("shop.yml", "country: customers.country", "country: {is: customers.country, description: Home}")


def test_conflicts_are_listed_with_their_places_and_nothing_is_written(shop: Shop) -> None:
    with_conflicts(shop)
    before = written()
    done = shop.run(*GENERATE)
    assert done.exit_code == 1
    place = "column `country` of model `order_facts`: description"
    happened = "you changed it, and it is generated differently now"
    assert f"out/{YAML}:77:1: error E806: {place}: {happened}\n" in done.stderr
    assert "  = note: yours:\n          description: Where the customer lives\n" in done.stderr
    assert f"out/{VALUE}:24:1: error E806: column `revenue` of `orders_by_customer`: {happened}\n" in done.stderr
    assert done.stderr.endswith("\nnothing was written\n")
    assert "wrote" not in done.stdout
    as_json = shop.run(*GENERATE, "--format", "json")
    assert as_json.exit_code == 1
    told = [(fault["code"], fault["file"], fault["line"]) for fault in json.loads(as_json.stdout)]
    assert told == [("E806", f"out/{YAML}", 77), ("E806", f"out/{VALUE}", 24)]
    assert written() == before


def test_conflicts_with_markers_are_written_and_told_until_they_are_decided(shop: Shop) -> None:
    with_conflicts(shop)
    done = shop.run(*GENERATE, "--conflict", "markers")
    assert done.exit_code == 1
    assert "2 merged" in done.stdout
    for path in (VALUE, YAML):
        assert Path("out", path).read_text(encoding="utf-8").count("<<<<<<< yours\n") == 1
        assert f"out/{path}:" in done.stderr
    again = shop.run(*GENERATE)
    assert again.exit_code == 1
    assert again.stderr == done.stderr
    assert "2 kept" in again.stdout
    for path in (VALUE, YAML):
        text = Path("out", path).read_text(encoding="utf-8")
        decided = re.sub(r"<<<<<<< yours\n(.*?)\|\|\|\|\|\|\|.*?>>>>>>> generated now\n", r"\1", text, flags=re.DOTALL)
        Path("out", path).write_text(decided, encoding="utf-8")
    assert shop.run(*GENERATE).exit_code == 0


# -- faults: exit code 2


def test_all_faults_of_a_spec_in_place_as_text_and_as_json(shop: Shop) -> None:
    shop.replace("shop.yml", "revenue: sum(orders.amount)", "revenue: orders.amount")
    shop.replace("shop.yml", "country: customers.country", "country: customers.continent")
    done = shop.run(*GENERATE)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "shop.yml:25:16: error E202: " in done.stderr
    assert "  25 |       revenue: orders.amount\n     |                ^^^^^^^^^^^^^\n" in done.stderr
    assert "`continent`" in done.stderr
    assert done.stderr.endswith("\n\n2 faults\n")
    as_json = shop.run(*GENERATE, "--format", "json")
    assert (as_json.exit_code, as_json.stderr) == (2, "")
    faults = [fault for fault in json.loads(as_json.stdout) if fault["severity"] == "error"]
    assert [(fault["file"], fault["line"], fault["column"]) for fault in faults] == [
        ("shop.yml", 25, 16),
        ("shop.yml", 33, 16),
    ]
    assert faults[0]["code"] == "E202"
    assert not Path("out").exists()


@pytest.mark.parametrize("command", ["generate", "build", "check"])
@pytest.mark.parametrize(("spec", "reason"), [("none.yml", "no such file or directory"), ("data", "is a directory")])
def test_a_spec_that_cannot_be_read(shop: Shop, command: str, spec: str, reason: str) -> None:
    done = shop.run(command, spec)
    assert done.exit_code == 2
    assert done.stderr == f"error E015: cannot read `{spec}`: {reason}\n\n1 fault\n"
    as_json = shop.run(command, spec, "--format", "json")
    assert (as_json.exit_code, codes(as_json.stdout)) == (2, ["E015"])


def test_an_unknown_model_to_show_is_told_before_anything_is_written(shop: Shop) -> None:
    done = shop.run("build", "shop.yml", "-o", "out", "--show", "customer_values")
    assert done.exit_code == 2
    assert "error E030: `--show customer_values`: there is no such model\n" in done.stderr
    assert "did you mean `customer_value`?" in done.stderr
    assert not Path("out").exists()


def test_a_file_where_a_folder_is_needed(shop: Shop) -> None:
    Path("out").mkdir()
    Path("out", "models").write_text("mine")
    done = shop.run(*GENERATE)
    assert done.exit_code == 2
    assert "error E803: cannot write `models`: " in done.stderr
    assert list(written()) == ["models"]
    instead = shop.run("generate", "shop.yml", "--no-compile", "-o", "shop.yml")
    assert instead.exit_code == 2
    assert "'shop.yml' is a file" in instead.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write everywhere")
def test_a_folder_that_may_not_be_written(shop: Shop) -> None:
    Path("out").mkdir(mode=0o500)
    done = shop.run(*GENERATE)
    assert done.exit_code == 2
    assert "error E803: cannot write " in done.stderr
    assert written() == {}


# -- explain and init


@pytest.mark.parametrize("code", ["E202", "e202"])
def test_a_code_explained(shop: Shop, code: str) -> None:
    done = shop.run("explain", code)
    assert done.exit_code == 0
    assert done.stdout.startswith("E202: Many values where one is required\n\n")
    assert "\nFor example:\n" in done.stdout
    assert "\nFixed:\n" in done.stdout


@pytest.mark.parametrize(("code", "hint"), [("e22", "did you mean `E202`?"), ("xyz", "known codes: E0")])
def test_an_unknown_code(shop: Shop, code: str, hint: str) -> None:
    Path("shop.yml").unlink()  # beside a spec, `xyz` could be a model
    done = shop.run("explain", code)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: there is no code {code}: {hint}")


def test_init_never_overwrites(shop: Shop) -> None:
    assert shop.run("init", "begin.yml").exit_code == 0
    Path("begin.yml").write_text("mine\n")
    again = shop.run("init", "begin.yml")
    assert again.exit_code == 1
    assert again.stderr == "error: `begin.yml` already exists; nothing was written\n"
    assert Path("begin.yml").read_text() == "mine\n"
    assert shop.run("init", "new/begin.yml").exit_code == 0
    nowhere = shop.run("init", "begin.yml/begin.yml")
    assert nowhere.exit_code == 2
    assert "error E803: cannot write into `begin.yml`" in nowhere.stderr
