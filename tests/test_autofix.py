"""`check --fix`: what leaves no choice is repaired in the spec's own text, everything else stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main

ROOT = Path(__file__).parents[1]
ADDITIVITY = ROOT / "tests" / "faults" / "additivity"
HEAD = """\
version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  orders:
    key: order_id
    columns: {order_id: bigint, customer_id: bigint, ordered_at: timestamp, shop: text, channel: text}
models:
  customers:
    grain: customer_id
    rows: orders
    columns:
"""
TWO = "      amount: count(*)   # stays\n"


def fixed(spec: Path) -> tuple[str, str]:
    done = CliRunner().invoke(main, ["check", str(spec), "--fix"])
    return spec.read_bytes().decode(), done.stdout


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("        order: ordered_at # why\n", "        order: [ordered_at, order_id] # why\n"),
        ("        order: [ordered_at, shop]\n", "        order: [ordered_at, shop, order_id]\n"),
        ("        order:\n          - shop\n          - ordered_at desc\n",
         "        order:\n          - shop\n          - ordered_at desc\n          - order_id\n"),
        ('        "order":   ordered_at\n', '        "order":   [ordered_at, order_id]\n'),
    ],
)  # fmt: skip
def test_an_order_is_made_total(before: str, after: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yml"
    first = "      first_channel:\n        first: orders.channel\n"
    last = "      last_shop:\n        last: orders.shop\n"
    spec.write_text(HEAD + first + before + TWO + last + before, encoding="utf-8")
    text, said = fixed(spec)
    assert text == HEAD + first + after + TWO + last + after
    assert said.count("fixed ") == 2
    assert fixed(spec)[0] == text, "a second time there is nothing to do"


def test_windows_line_ends_and_names_of_any_script_stay(tmp_path: Path) -> None:
    spec = tmp_path / "ä spec.yml"
    column = "      größe:\n        first: orders.channel\n        order: ordered_at\n"
    spec.write_bytes(("\ufeff" + HEAD + column).replace("\n", "\r\n").encode())
    text, _ = fixed(spec)
    wanted = column.replace("ordered_at", "[ordered_at, order_id]")
    assert text == ("\ufeff" + HEAD + wanted).replace("\n", "\r\n")


ORDERS = """\
models:
  order_list:
    grain: order_id
    rows: orders
    keep: [customer_id, placed_on]
    columns:
      visits: {is: count(visits.visit_id), accept: {W305: shown beside the order}}
      seconds: {is: sum(visits.seconds), accept: {W305: shown beside the order}}
"""
BY_CUSTOMER = """\
  customer_list:
    grain: customer_id
    rows: customers
    columns:
      visits: sum(order_list.visits) # of all pages
      seconds: {is: sum(order_list.seconds), description: On the site.}
"""
BY_DAY = """\
  days:
    grain: placed_on
    rows: order_list
    columns: {visits: sum(order_list.visits), seconds: sum(order_list.seconds)}
"""


def test_an_aggregate_of_an_aggregate_goes_back_to_the_rows_where_they_are_in_reach(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yml"
    before = (ADDITIVITY / "trade.yml").read_text(encoding="utf-8") + ORDERS
    spec.write_text(before + BY_CUSTOMER, encoding="utf-8")
    assert fixed(spec)[1].count("fixed ") == 2
    after = """\
  customer_list:
    grain: customer_id
    rows: customers
    columns:
      visits: count(visits.visit_id) # of all pages
      seconds: {is: sum(visits.seconds), description: On the site.}
"""
    assert spec.read_text(encoding="utf-8") == before + after
    spec.write_text(before + BY_DAY, encoding="utf-8")
    text, said = fixed(spec)
    assert text == before + BY_DAY, "a visit has no day of an order: which one is meant is a choice"
    assert "fixed" not in said


@pytest.mark.parametrize(
    ("case", "before", "after"),
    [
        ("distinct_counts_summed", "users: sum(campaign_days.users)", "users: count(distinct sessions.user_id)"),
        (
            "average_of_averages",
            "duration: avg(campaign_days.duration)",
            "duration: avg(sessions.session_duration_sec)",
        ),
    ],
)
def test_a_figure_of_figures_is_made_from_the_rows(case: str, before: str, after: str, tmp_path: Path) -> None:
    reference = (ROOT / "specs" / "marketing.yml").read_text(encoding="utf-8")
    models = (ROOT / "tests" / "naive" / case / "models.yml").read_text(encoding="utf-8")
    models = models.replace("rows: campaign_days", "rows: sessions")  # else the repair would leave days out: a choice
    spec = tmp_path / "spec.yml"
    text = reference[: reference.index("models:\n")] + models
    spec.write_text(text, encoding="utf-8")
    assert before in text
    assert fixed(spec)[0] == text.replace(before, after)
    assert "error" not in CliRunner().invoke(main, ["check", str(spec)]).stderr


def test_what_is_a_choice_is_left(tmp_path: Path) -> None:
    """Which row wins is a business decision, and so is every warning."""
    spec = tmp_path / "spec.yml"
    text = (ROOT / "tests" / "faults" / "reference_bug.txt").read_text(encoding="utf-8")
    assert "E202" in text
    reference = (ROOT / "specs" / "marketing.yml").read_text(encoding="utf-8")
    start = reference.index("      acquisition_channel:\n")
    stop = reference.index("      ltv_tier:")
    column = "      acquisition_channel: attribution_touchpoints.channel\n"
    broken = reference[:start] + column + reference[stop:]
    spec.write_text(broken, encoding="utf-8")
    after, said = fixed(spec)
    assert after == broken
    assert "fixed" not in said


def test_a_spec_that_cannot_be_written_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "spec.yml"
    spec.write_text(HEAD + "      a: {first: orders.channel, order: ordered_at}\n", encoding="utf-8")
    before = spec.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    done = CliRunner().invoke(main, ["check", str(spec), "--fix"])
    assert (done.exit_code, spec.read_bytes()) == (2, before)
    assert "E803" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["spec.yml"]


AVERAGES = """\
version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  customers: {key: customer_id, columns: {customer_id: int, grp: {type: text, not_null: true}, act: boolean}}
  orders:
    key: order_id
    columns: {order_id: int, customer_id: {type: int, not_null: true}, grp: {type: text, not_null: true}, x: int}
links:
  orders }o--|| customers: customer_id
models:
"""


def test_a_roll_up_of_looked_up_rows_keeps_their_filter(tmp_path: Path) -> None:
    spec = tmp_path / "shop.yml"
    read = "  a: {grain: customer_id, rows: customers, where: act, columns: {v: avg(orders.x)}}\n"
    spec.write_text(f"{AVERAGES}{read}  m: {{grain: grp, rows: customers, columns: {{v: avg(a.v)}}}}\n")
    assert "v: avg(orders.x) filter (where customers.act)" in fixed(spec)[0]


def test_rows_with_a_filter_of_their_own_do_not_replace_a_model(tmp_path: Path) -> None:
    spec = tmp_path / "shop.yml"
    read = "  a: {grain: customer_id, rows: orders, columns: {v: avg(orders.x)}}\n"
    spec.write_text(f'{AVERAGES}{read}  m: {{grain: grp, rows: orders, where: "x > 5", columns: {{v: avg(a.v)}}}}\n')
    assert "v: avg(a.v)" in fixed(spec)[0]
    assert "average the rows themselves" not in CliRunner().invoke(main, ["check", str(spec)]).output
