"""What the templates wrote is proved again: a template that breaks the promise fails before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from erd2dbt.cli import main
from erd2dbt.pipelines.generation import generate

ROOT = Path(__file__).parents[1]
BUILT_IN = (ROOT / "templates" / "models" / "model.sql.jinja").read_text(encoding="utf-8")
SPEC = """\
version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, name: text, joined: {type: date, cast: true}}}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: int, placed_at: timestamp, channel: text, amount: "numeric(12,2)"}
  tickets: {key: ticket_id, columns: {ticket_id: int, customer_id: int, minutes: int, is_long: minutes > 30}}
links:
  orders }o--|| customers: customer_id
  tickets }o--|| customers: customer_id
models:
  customer_value:
    grain: customer_id
    rows: customers
    keep: [name]
    columns:
      orders: count(orders.order_id)
      minutes: sum(tickets.minutes)
      first_channel: {first: orders.channel, order: placed_at}
"""


def generated(tmp_path: Path, template: str, *words: str) -> Result:
    own = tmp_path / "own" / "models"
    own.mkdir(parents=True, exist_ok=True)
    (own / "model.sql.jinja").write_text(template, encoding="utf-8")
    (tmp_path / "shop.yml").write_text(SPEC, encoding="utf-8")
    options = ["--no-compile", "-o", str(tmp_path / "out"), "--templates", str(own.parent)]
    return CliRunner().invoke(main, ["generate", str(tmp_path / "shop.yml"), *options, *words], catch_exceptions=False)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("where[[ select.where ]]", "where[[ select.where | replace('row_rank = 1', 'true') ]]",
         "`left join first_orders on customer_id` (in `final`) may match several rows for one"),
        ("    group by [[ select.group ]]", "    group by 1, order_id",
         "`left join orders_by_customer on customer_id` (in `final`) and `left join tickets_by_customer"),
        ("left join [[ join.relation ]]",
         "left join [[ join.relation | replace('tickets_by', 'tickets as tickets_by') ]]",
         "`left join tickets as tickets_by_customer on customer_id` (in `final`) may match several rows for one"),
        ("select * from [[ model.ctes[-1].name ]]",
         "select x.* from [[ model.ctes[-1].name ]] as x cross join (values (1), (2)) as twice",
         "`cross join twice` may match several rows for one"),
    ],
    ids=["no pick", "a finer group", "the rows themselves", "each row twice"],
)  # fmt: skip
def test_a_template_that_fans_out(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert BUILT_IN.count(old) == 1
    done = generated(tmp_path, BUILT_IN.replace(old, new))
    assert done.exit_code == 2
    assert "error E602: the SQL that the template made of `customer_value` does not have one row per" in done.stderr
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_template_that_is_no_sql(tmp_path: Path) -> None:
    done = generated(tmp_path, BUILT_IN.replace("select * from [[ model.ctes[-1].name ]]", "select from from"))
    assert (done.exit_code, done.stderr.count("error E602")) == (2, 4)


def test_what_only_dbt_can_read_is_written_with_a_warning(tmp_path: Path) -> None:
    template = "{% if true %}\n" + BUILT_IN + "{% endif %}\n"
    done = generated(tmp_path, template, "-v")
    assert done.exit_code == 0
    assert done.stderr.count("warning W603") == 4
    assert "contains Jinja that cannot be analyzed: `{% if true %}`" in done.stderr


def test_another_layout_is_as_good(tmp_path: Path) -> None:
    """Config, comments and any order of words: what is proved is the query, not its looks."""
    template = "{{ config(tags=['x']) }}\n{# ours #}\n" + BUILT_IN.replace("    left join", "    LEFT  OUTER JOIN")
    assert generated(tmp_path, template).exit_code == 0


def test_functions_of_ones_own_are_told_and_not_blamed_on_a_template(tmp_path: Path) -> None:
    """Whether they give one row each, only the database knows: the model's own tests look at that."""
    spec = SPEC.replace("first_channel: {first: orders.channel, order: placed_at}", "a: {is: f(name), type: text}")
    spec += "      b: {is: g(orders), type: text}\n"
    (tmp_path / "shop.yml").write_text(spec, encoding="utf-8")
    words = ["generate", str(tmp_path / "shop.yml"), "--no-compile", "-o", str(tmp_path / "out"), "-v"]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "warning W603: the SQL that was generated for `customer_value` calls `" in done.stderr
    assert "it is not known whether that gives one row for each" in done.stderr


@pytest.mark.parametrize("test", ["people.phone = '5'", "people.phone is not distinct from '5' and people.mail = 'm'"])
def test_a_filter_by_a_unique_column_leaves_the_key_its_proof(test: str) -> None:
    """The text has a second proof, by the unique column, that the plan does not cite."""
    spec = f"""version: 1
project: p
sources: {{s: {{}}}}
entities:
  people:
    key: person_id
    columns: {{person_id: int, mail: {{type: text, unique: true}}, phone: {{type: text, unique: true}}}}
models:
  called: {{grain: person_id, rows: people, where: "{test}", keep: [mail]}}
"""
    assert "final" in generate(spec.encode(), "spec.yml").files["models/marts/called.sql"]
