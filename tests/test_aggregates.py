"""Aggregates that add up and aggregates that do not, each as a column of a model and in hand-written SQL, over inputs
that are generated and inputs that are hand-written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from erd2dbt.faults.diagnostics import Diagnostic, ErdError
from erd2dbt.pipelines.generation import plan

FOLDER = Path(__file__).parent / "aggregates"
WORLD = (FOLDER / "world.yml").read_text(encoding="utf-8")
JUDGING = ("E301", "E302", "E303", "E304", "E309")
JOINED = {
    "lines": (
        "lines join {{ ref('stg_orders') }} as orders on orders.order_id = lines.order_id "
        "join {{ ref('stg_customers') }} as customers on customers.customer_id = orders.customer_id "
        "join {{ ref('stg_products') }} as products on products.product_id = lines.product_id"
    ),
    "orders": "orders join {{ ref('stg_customers') }} as customers on customers.customer_id = orders.customer_id",
    "visits": "visits join {{ ref('stg_customers') }} as customers on customers.customer_id = visits.customer_id",
    "stock": "stock join {{ ref('stg_products') }} as products on products.product_id = stock.product_id",
    "shelves": "shelves",
}


def cases(file: str) -> list[tuple[str, ...]]:
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    return [tuple(part.strip() for part in line.split(" | ")) for line in lines if line and not line.startswith("#")]


def models(rows: str, by: str, formula: str, only: tuple[str, ...] = ()) -> dict[str, str]:
    """The aggregate in a model of each kind, over an input of each kind."""
    grain = by.rpartition(".")[2]
    made = {}
    for kind in [""] if rows in JOINED else ["g_", "s_"]:
        own, text = f"{kind}{rows}", formula.replace(f"{rows}.", f"{kind}{rows}.")
        source = JOINED.get(rows, own).replace(own, f"{{{{ ref('{own if kind else f'stg_{rows}'}') }}}} as {own}", 1)
        key = by if "." in by else f"{own}.{by}"
        written = {"is": text, "type": "numeric" if "string_agg" not in text else "text"}
        column = written if "bool_or" not in text else text
        if not only:
            made[f"generated over {own}"] = _yaml({"grain": grain, "rows": own, "columns": {"x": column}})
        sql = f"select {key}, {text} as x from {source} group by {key}"
        made[f"sql over {own}"] = _yaml({"grain": grain, "sql": sql})
    return made


def _yaml(model: dict[str, object]) -> str:
    return yaml.safe_dump({"m": model}, width=1000)


def spec_of(given: list[dict[str, str]]) -> tuple[str, list[tuple[int, str, range]]]:
    """All models in one spec, and the lines of each."""
    text, places = WORLD, []
    for number, made in enumerate(given):
        for place, model in made.items():
            begin = text.count("\n")
            text += "".join(f"  {line}\n" for line in model.replace("m:", f"m{number}_{len(places)}:", 1).splitlines())
            places.append((number, place, range(begin + 1, text.count("\n") + 1)))
    return text, places


def faults_in(text: str) -> tuple[Diagnostic, ...]:
    try:
        return plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        return tuple(error.diagnostics)


def judged(given: list[dict[str, str]]) -> list[dict[str, list[str]]]:
    """The faults of each model, all planned at once: by the lines that they stand in."""
    text, places = spec_of(given)
    found = [d for d in faults_in(text) if d.code.startswith("E")]
    assert all(any(d.span.line in lines for *_, lines in places) for d in found if d.span)
    told: list[dict[str, list[str]]] = [{} for _ in given]
    for number, place, lines in places:
        told[number][place] = sorted({d.code for d in found if d.span and d.span.line in lines})
    return told


ACCEPTED, REFUSED = cases("accepted.txt"), cases("refused.txt")


@pytest.fixture(scope="module")
def accepted() -> list[dict[str, list[str]]]:
    return judged([models(*case) for case in ACCEPTED])


@pytest.fixture(scope="module")
def refused() -> list[dict[str, list[str]]]:
    return judged([models(*case[:3], only=case[4:]) for case in REFUSED])


@pytest.mark.parametrize("number", range(len(ACCEPTED)), ids=[case[2] for case in ACCEPTED])
def test_what_adds_up_is_accepted(number: int, accepted: list[dict[str, list[str]]]) -> None:
    assert accepted[number] == {key: [] for key in accepted[number]}


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=[case[2] for case in REFUSED])
def test_what_does_not_add_up_is_refused(number: int, refused: list[dict[str, list[str]]]) -> None:
    assert refused[number] == {key: REFUSED[number][3].split() for key in refused[number]}


def test_each_code_is_met_on_both_sides_and_the_lists_are_long() -> None:
    assert len(ACCEPTED) >= 60
    assert len(REFUSED) >= 80
    assert {code for case in REFUSED for code in case[3].split()} == set(JUDGING) - {"E304"}


# -- what only hand-written SQL can say


WRITTEN: list[tuple[str, str, str]] = yaml.safe_load((FOLDER / "sql.yml").read_text(encoding="utf-8"))
ENTITIES = ("customers", "orders", "lines", "products", "visits", "stock")


def _read(sql: str) -> str:
    """With each entity read as a model of dbt."""
    return re.sub(rf"(from|join) ({'|'.join(ENTITIES)})\b", r"\1 {{ ref('stg_\2') }}", sql)


def model_of(grain: str, sql: str) -> str:
    return _yaml({"grain": grain, "sql": _read(sql)})


@pytest.fixture(scope="module")
def written() -> list[dict[str, list[str]]]:
    return judged([{"sql": model_of(grain, sql)} for grain, _, sql in WRITTEN])


@pytest.mark.parametrize("number", range(len(WRITTEN)), ids=[sql for *_, sql in WRITTEN])
def test_what_is_said_of_written_sql(number: int, written: list[dict[str, list[str]]]) -> None:
    codes = WRITTEN[number][1].split()
    assert [c for c in written[number]["sql"] if c in JUDGING] == codes


@pytest.mark.parametrize(("where", "codes"), [("", []), ("where: qty > 1, ", ["E302", "E303"])])
def test_a_part_of_the_rows_is_not_what_all_of_them_share(where: str, codes: list[str]) -> None:
    """Shipping over the number of some lines, added up over all lines, is more than the shipping."""
    totals = f"t: {{grain: order_id, rows: lines, {where}columns: {{n: count(*)}}}}\n"
    shared = "m: {grain: product_id, rows: lines, columns: {x: sum(orders.shipping / t.n)}}\n"
    (found,) = judged([{"all": totals + shared}])
    assert [c for c in found["all"] if c in JUDGING] == codes


# -- what is said of the spec itself


BALANCES = """
version: 1
project: p
sources: {s: {}}
entities:
  shelves: {key: [shelf, round], columns: {shelf: text, round: text, pieces: {type: int, stock: STOCK}}}
  customers: {key: customer_id, columns: {customer_id: int}}
  orders: {key: order_id, columns: {order_id: int, customer_id: int, amount: int}}
links:
  orders }o--CAP customers: customer_id
models:
  by_shelf: {grain: shelf, rows: shelves, columns: {x: sum(shelves.pieces)}}
  by_round: {grain: round, rows: shelves, columns: {x: sum(shelves.pieces)}}
  spent: {grain: customer_id, rows: customers, columns: {x: sum(orders.amount)}}
  counted: {grain: customer_id, rows: customers, columns: {x: cardinality(array_agg(orders.order_id))}}
"""


def _codes(stock: str, cap: str = "||") -> list[tuple[str, str]]:
    text = BALANCES.replace("STOCK", stock).replace("CAP", cap)
    try:
        found = plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        found = tuple(error.diagnostics)
    lines = text.splitlines()
    return [(d.code, lines[d.span.line - 1].strip().partition(":")[0]) for d in found if d.span and d.code != "I038"]


def test_a_stock_says_which_column_is_its_time() -> None:
    assert _codes("round") == [("E309", "by_shelf")]
    assert _codes("[round]") == [("E309", "by_shelf")]
    assert _codes("shelf") == [("E309", "by_round")]
    assert _codes("true") == _codes("false") == []
    assert _codes("rounds") == [("E031", "shelves")]


def test_rows_whose_foreign_key_may_be_empty_are_lost_from_a_sum_of_their_parent() -> None:
    assert _codes("true", "||") == []
    assert _codes("true", "o|") == [("W402", "spent"), ("W402", "counted")]


NUMBERED = """
version: 1
project: p
sources: {s: {}}
entities:
  counts:
    key: count_id
    UNIQUE
    columns:
      count_id: int
      site: {type: int, not_null: true}
      taken_on: {type: date, not_null: true}
      month: {type: date, is: "date_trunc('month', taken_on)::date", not_null: true}
      pieces: {type: int, stock: taken_on, not_null: true}
links: {}
models:
  closings: {grain: [site, month], rows: counts, columns: {closing: {last: counts.pieces, order: taken_on}}}
  over_months: {grain: site, rows: closings, columns: {x: sum(closings.closing)}}
  over_sites: {grain: month, rows: closings, columns: {x: sum(closings.closing)}}
  latest: {grain: site, rows: counts, columns: {closing: {last: counts.pieces, order: taken_on}}}
  over_latest: {grain: closing, rows: latest, columns: {x: sum(latest.closing)}}
"""


@pytest.mark.parametrize(
    ("unique", "refused"),
    [
        ("unique: [[site, taken_on]]", ["over_months"]),
        ("description: What is counted is not said", ["over_months", "over_sites"]),
    ],
)
def test_a_stock_of_rows_with_a_number_of_their_own_stays_one(unique: str, refused: list[str]) -> None:
    with pytest.raises(ErdError) as error:
        plan(NUMBERED.replace("UNIQUE", unique).encode(), "input.yml")
    lines = NUMBERED.splitlines()
    faults = [d for d in error.value.diagnostics if d.span and d.code in JUDGING]
    found = [(d.code, lines[d.span.line - 1].strip().partition(":")[0]) for d in faults if d.span]
    assert found == [("E309", model) for model in refused]


def test_a_share_is_of_the_whole_total_of_its_own_group() -> None:
    """One more than the number of rows is not their number; nor is that of the rows of another customer."""
    total = "orders as o join (select customer_id, count(*) as n, sum(amount) as total from orders group by 1) as t"
    text = "select o.placed_on, sum({}) as x from {} on t.customer_id = {} {} group by o.placed_on"
    join = "join customers as c on c.customer_id = o.customer_id"
    own, other = "o.customer_id", "o.order_id"
    shares = [("c.credit_limit / t.n", own), ("c.credit_limit * o.amount / t.total", own)]
    wrong = [("c.credit_limit / (t.n + 1)", own), ("c.credit_limit * o.amount / (t.total + 1)", own)]
    wrong += [("c.credit_limit / t.n", other)]
    given = [_read(text.format(formula, total, on, join)) for formula, on in (*shares, *wrong)]
    found = judged([{"sql": _yaml({"grain": "placed_on", "sql": sql})} for sql in given])
    assert [bool(one["sql"]) for one in found] == [False, False, True, True, True]


SHARED = """
version: 1
project: p
sources: {s: {}}
entities:
  orders: {key: order_id, columns: {order_id: int, store: {type: text, not_null: true}, total: int}}
  reps: {key: rep_id, columns: {rep_id: int, base: int}}
  credits: {key: [order_id, rep_id], columns: {order_id: int, rep_id: int, share: "numeric(5,4)"}}
links:
  credits }o--|| orders: order_id
  credits }o--|| reps: rep_id
models:
  by_rep: {grain: rep_id, rows: credits, columns: {x: sum(orders.total * credits.share)}}
  by_order: {grain: order_id, rows: credits, columns: {x: sum(orders.total * credits.share)}}
  bases: {grain: store, rows: credits, columns: {x: sum(reps.base * credits.share)}}
  half: {grain: store, rows: credits, columns: {x: sum(reps.base * credits.share * 0.5)}}
  own_base: {grain: rep_id, rows: credits, columns: {x: sum(reps.base * credits.share)}}
"""


@pytest.mark.parametrize(("without", "expected"), [("own_base", {("W305", "bases"), ("W305", "half")}), ("", None)])
def test_a_share_sums_to_one_within_the_first_part_of_its_key(without: str, expected: set[tuple[str, str]]) -> None:
    """A share of another part of the key is a guess. Grouped by that part, each group has the amount once."""
    lines = [line for line in SHARED.splitlines() if not without or without not in line]
    try:
        found = plan("\n".join(lines).encode(), "input.yml")[1].remarks
    except ErdError as error:
        found = tuple(d for d in error.diagnostics if d.code in JUDGING)
    told = {(d.code, lines[d.span.line - 1].strip().partition(":")[0]) for d in found if d.span and d.code != "I038"}
    assert told == (expected or {("E303", "own_base")})


CREDITED = """
version: 1
project: p
sources: {s: {}}
entities:
  reps: {key: rep_id, columns: {rep_id: int}}
  orders: {key: order_id, columns: {order_id: int, OWN total: int}}
  credits: {key: [order_id, rep_id], columns: {order_id: int, rep_id: int}}
links:
  credits }o--|| orders: order_id
  credits }o--|| reps: rep_id
  LINK
models:
  m: {grain: [order_id, rep_id], rows: credits, columns: {x: FORMULA}}
"""
TOTAL = """  by_rep: {grain: rep_id, rows: m, columns: {y: sum(m.x)}}
  by_order: {grain: order_id, rows: m, columns: {y: sum(m.x)}}
"""


@pytest.mark.parametrize(
    ("own", "formula", "expected", "summed"),
    [
        (False, "sum(orders.total)", ["W305"], {"W305", "E303"}),
        (False, "count(orders.order_id)", ["W305"], {"W305", "E303"}),
        (False, "orders.total", [], {"E303"}),
        (True, "orders.total", [], {"E303"}),
        (True, "sum(orders.total)", ["W402"], {"W402"}),  # of the orders whose own rep is the one of the credit
    ],
)
def test_a_total_repeats_for_each_rep_of_an_order(
    own: bool, formula: str, expected: list[str], summed: set[str]
) -> None:
    """Where orders have a rep of their own, an order is in the row of this rep only: its total is there once."""
    column, link = ("rep_id: int,", "orders }o--|| reps: rep_id") if own else ("", "")
    text = CREDITED.replace("OWN", column).replace("LINK", link).replace("FORMULA", formula)
    assert [fault.code for fault in faults_in(text) if fault.code != "I038"] == expected
    assert {fault.code for fault in faults_in(text + TOTAL)} - {"I038"} == summed
