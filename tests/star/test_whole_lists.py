"""`explain` lists everything, where a comment in a spec is cut; and it says why an entity has no mart."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.reasons import shortened
from erd2dbt.star.report import star_text

CHILDREN = [f"part_{letter}" for letter in "abcdefgh"]
SECRETS = [f"{of}_password" for of in "mail ftp web wiki chat blog shop news game file host disk cloud admin".split()]
SQL = (
    "create table customers (customer_id int primary key, surname text not null,"
    + ", ".join(f"{name} text" for name in SECRETS)
    + ");"
    + "".join(
        f"create table {name} (id int primary key, customer_id int not null references customers, day date not null);"
        for name in CHILDREN
    )
    + "create table migrations (migration_id int primary key, batch int);"
    + "create table resets (reset_id int primary key, customer_id int references customers, token text, at timestamp);"
)


def explained(tmp_path: Path, what: str, *more: str) -> str:
    spec = tmp_path / "spec.yml"
    spec.write_bytes(drafted(SQL.encode(), "schema.sql")[1].encode())
    result = CliRunner().invoke(main, ["explain", what, str(spec), *more])
    assert result.exit_code == 0, result.output
    return result.output


def test_explain_shows_whole_lists(tmp_path: Path) -> None:
    text = explained(tmp_path, "dim_customers")
    assert [name for name in (*CHILDREN, *SECRETS) if f"`{name}`" not in text] == []
    assert " more" not in text


def test_a_comment_cuts_them() -> None:
    star = star_of(read_spec(drafted(SQL.encode(), "schema.sql")[1].encode(), "spec.yml"))
    assert star is not None
    text = star_text(star)
    assert "`part_f` and 3 more" in text
    assert " and 2 more" in text.partition("secrets stay in staging")[2].partition("\n")[0]
    assert shortened("it has `a`, `b` (why (+1)), `c`") == "it has `a`, `b` (why (+1)), `c`"
    assert (
        shortened(", ".join(f"`{n}`" for n in range(8)) + " and `x`")
        == "`0`, `1`, `2`, `3`, `4`, `5` and 2 more and `x`"
    )


def test_explain_says_why_an_entity_has_no_mart(tmp_path: Path) -> None:
    migrations, resets = explained(tmp_path, "migrations"), explained(tmp_path, "resets", "--format", "json")
    assert "`migrations` has no mart\n  because its name says that it serves the upkeep of the database" in migrations
    assert '"no_mart": [\n    "it serves access, as `token` is a secret' in resets
    assert "has no mart" not in explained(tmp_path, "customers")
    assert "no_mart" not in explained(tmp_path, "part_a", "--format", "json")
