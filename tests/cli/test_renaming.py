"""A shop with edits, in which something gets another name: what is said, and what of the user's stands there then.

Each case is a file: the words of `diff --stat` and `generate`, and how the project differs from one without edits.
`ERD2DBT_UPDATE_GOLDEN=1` rewrites them."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Shop

EXPECTED = Path(__file__).parent / "renaming"
STAGING = "models/staging/shop"
ORDERS, VALUE = f"{STAGING}/stg_orders.sql", "models/marts/customer_value.sql"
FACTS, YAML = "models/marts/order_facts.sql", f"{STAGING}/_stg_shop__models.yml"
SOURCES, MARTS = f"{STAGING}/_shop__sources.yml", "models/marts/_marts__models.yml"
AMOUNT, COUNTRY = 'description: "`amount` from `raw.orders`"\n', 'description: "`country` from `raw.customers`"\n'
REVENUE = 'description: "Sum of `amount` of `orders`"\n'
TABLE = "Raw table raw.orders, as loaded into the database"

# (file, what is there, what a person makes of it)
EDITS = (
    (ORDERS, "    from source\n", "    from source\n    where order_id > 0 and amount is not null -- all orders\n"),
    (ORDERS, "        paid_on\n", "        paid_on,\n        amount * 2 as doubled\n"),
    (VALUE, "        max(paid_on) as paid\n", "        max(paid_on) as paid,\n        max(orders.amount) as most\n"),
    (VALUE, "    from customers\n\n    left", "    from customers -- mine\n\n    left"),
    (FACTS, "\n)\n\nselect * from final", "    where orders.order_id > 0\n\n)\n\nselect * from final"),
    (YAML, AMOUNT, "description: Paid, in EUR\n        data_tests:\n          - not_null # mine\n"),
    (YAML, "      - name: ordered_at\n", "      # when it was ordered\n      - name: ordered_at\n"),
    (SOURCES, f"description: {TABLE}\n", "description: Tills\n        meta: {by: me}\n"),
    (MARTS, REVENUE, "description: In EUR\n        meta: {unit: EUR}\n"),
    (MARTS, AMOUNT, f"{AMOUNT}        data_tests: [not_null]\n"),
)  # fmt: skip

MIRO = "miro:\n  board: b\n  items: {{{orders}: '1', {orders}.{amount}: '2', {facts}: '3', customers: '4'}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`spec`: patterns and what comes in their place, after the edits; `before`: ahead of the first run."""

    name: str
    spec: tuple[tuple[str, str], ...]
    before: tuple[tuple[str, str], ...] = ()
    edits: tuple[tuple[str, str, str], ...] = EDITS
    words: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


ENTITY = ((r"\borders\b(?!: count)", "purchases"), (r"  purchases:\n", "  purchases:\n    renamed_from: orders\n"))
TO_PURCHASES = ENTITY[:1]
COLUMN = (
    (r"\bamount: \"numeric\(12,2\)\"", "total: {type: 'numeric(12,2)', renamed_from: amount}"),
    (r"\bamount\b(?!})", "total"),
)
MODELS = (
    ("  order_facts:\n", "  facts:\n    renamed_from: order_facts\n"),
    ("  customer_value:\n", "  worth:\n    renamed_from: [value, customer_value]\n"),
)  # fmt: skip
SWAP = (
    (r"\bcustomers\b", "THESE"), (r"\borders\b(?!: count)", "customers"), ("THESE", "orders"),
    (r"  customers:\n", "  customers:\n    renamed_from: orders\n    table: orders\n"),
    (r"  orders:\n", "  orders:\n    renamed_from: customers\n    table: customers\n"),
)  # fmt: skip
WITH_ITEMS = (r"\Z", MIRO.format(orders="orders", amount="amount", facts="order_facts"))
CONFLICTING = (
    (ORDERS, "        amount,\n", "        amount * 1 as amount,\n"),
    (MARTS, REVENUE, "description: In EUR\n"),
)

OWN = (
    (VALUE, "    where row_rank = 1\n", "    where row_rank = 1\n"
     "        and ranked_orders.latest > 0 and 'orders' <> 'order_id'\n"
     "        and exists (select 1 from {{ ref('stg_orders') }} as o where o.order_id = ranked_orders.latest)\n"),
    (f"{STAGING}/stg_customers.sql", "    from source\n", "    from source\n    -- like {{ ref('stg_orders') }}\n"
     "    where customer_id in (\n"
     "        select customer_id from {{ source('shop', 'orders') }} as orders where orders.order_id > 0)\n"),
    (MARTS, "      - name: country\n", "      - name: country\n        data_tests:\n          - relationships:\n"
     "              arguments: {to: \"ref('stg_orders')\", field: order_id}\n"
     "              config: {where: \"order_id > 0 and country <> 'orders'\"}\n          - orders\n"),
    ("README.md", "## Models\n", "## Models\n\nThe orders: `stg_orders`, by order_id.\n"),
    ("models/mine/own.sql", "", "select order_id from {{ ref('stg_orders') }}\n"),
)  # fmt: skip

CASES = [
    Case(name="entity", spec=ENTITY),
    Case(name="column_of_an_entity", spec=COLUMN),
    Case(name="two_models", spec=MODELS),
    Case(name="all_at_once", spec=(*COLUMN, *ENTITY, *MODELS)),
    Case(
        name="by_the_items_of_the_board",
        before=(WITH_ITEMS,),
        spec=(
            *TO_PURCHASES,
            ("order_facts", "purchase_facts"),
            ("amount(?!})", "total"),
        ),
    ),
    Case(
        name="references_of_the_user_s_own",
        edits=OWN,
        spec=(*ENTITY, (r"\border_id: int", "purchase_id: {type: int, renamed_from: order_id}"),
              (r"\border_id\b(?!})", "purchase_id")),
    ),
    Case(name="swapped_entities", spec=SWAP),
    Case(name="like_but_not_asked_for", spec=TO_PURCHASES),
    Case(name="like_and_asked_for", spec=(*TO_PURCHASES, (r"\bamount\b", "total")), words=("--renames",)),
    Case(name="one_renamed_and_one_removed", spec=((r"(?s)  order_facts:.*\Z", ""), *ENTITY)),
    Case(
        name="someone_s_file_at_the_new_path",
        edits=(*EDITS, (f"{STAGING}/stg_purchases.sql", "", "select 1\n"), ("models/marts/facts.sql", "", "-- own\n")),
        spec=(*ENTITY, *MODELS),
    ),
    Case(name="deleted_before", deleted=(ORDERS, FACTS), edits=EDITS[2:4], spec=(*ENTITY, *MODELS)),
    Case(
        name="a_file_for_each_model",
        before=((r"\A", "layout: model\n"),),
        edits=(
            *EDITS[:5],
            (f"{STAGING}/_stg_orders.yml", AMOUNT, "description: Paid, in EUR\n"),
            ("models/marts/_order_facts.yml", COUNTRY, "description: Land\n        meta: {a: b}\n"),
        ),
        spec=(*ENTITY, *MODELS),
    ),
    Case(
        name="staging_is_called_otherwise",
        spec=((r"\A", "naming: {staging: 'stg_{source}__{entity}'}\n"),),
    ),
    Case(
        name="marts_in_folders",
        spec=((r"\A", "layout: {marts: source}\n"),),
    ),
    Case(
        name="the_source_has_another_name",
        before=((r"\bshop: \{schema", "till: {schema"),),
        edits=tuple(
            (path.replace("/shop", "/till").replace("_shop__", "_till__"), old, new) for path, old, new in EDITS
        ),
        spec=((r"\btill: \{schema", "store: {schema"),),
    ),
    *(
        Case(
            name=f"conflicts_{choice or 'told'}",
            edits=CONFLICTING,
            spec=((r"amount: \"numeric\(12,2\)\"", "amount: {type: int, cast: true}"),
                  (r"revenue: sum\(orders.amount\)", "revenue: {is: sum(orders.amount), description: Money}"), *ENTITY),
            words=("--conflict", choice) if choice else (),
        )
        for choice in ("", "ours", "theirs", "markers")
    ),
]  # fmt: skip


def rewrite(shop: Shop, patterns: tuple[tuple[str, str], ...]) -> None:
    file = shop.folder / "shop.yml"
    text = file.read_text(encoding="utf-8")
    for pattern, new in patterns:
        assert re.search(pattern, text)
        text = re.sub(pattern, lambda _, new=new: new, text)  # type: ignore[misc]
    file.write_text(text, encoding="utf-8")


def edit(path: str, old: str, new: str) -> None:
    file = Path("out", path)
    file.parent.mkdir(exist_ok=True)
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    assert not text or old in text, path
    file.write_text(text.replace(old, new, 1) if text else new, encoding="utf-8")


def tree(folder: str) -> dict[str, list[str]]:
    files = (path for path in sorted(Path(folder).rglob("*")) if path.is_file() and ".erd2dbt" not in path.name)
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8").splitlines() for path in files}


def own() -> str:
    """How `out` differs from `fresh`, where nobody edited anything."""
    mine, clean = tree("out"), tree("fresh")
    lines: list[str] = []
    for path in sorted({*mine, *clean}):
        names = [path if path in side else "nothing" for side in (clean, mine)]
        lines += unified_diff(clean.get(path, []), mine.get(path, []), *names, n=1, lineterm="")
    return "\n".join([*lines, ""])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_renamed(shop: Shop, case: Case) -> None:
    rewrite(shop, case.before)
    shop.run("generate", "shop.yml", "--no-compile", "-o", "out")
    for path, old, new in case.edits:
        edit(path, old, new)
    for path in case.deleted:
        Path("out", path).unlink()
    before = tree("out")
    rewrite(shop, case.spec)
    follow = [word for word in case.words if word == "--renames"]
    compared = shop.run("diff", "shop.yml", "-o", "out", "--stat", *follow)
    assert compared.exit_code == 1
    assert tree("out") == before
    done = shop.run("generate", "shop.yml", "--no-compile", "-o", "out", *case.words)
    if done.exit_code and "markers" not in case.words:
        assert tree("out") == before
    shop.run("generate", "shop.yml", "--no-compile", "-o", "fresh")
    said = re.sub(r"done .*\n", "", done.output)
    text = f"{compared.stdout}\n{said}\n" + ("" if tree("out") == before else own())
    file = EXPECTED / f"{case.name}.txt"
    if os.environ.get("ERD2DBT_UPDATE_GOLDEN"):
        EXPECTED.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8")
    if not done.exit_code:
        again = shop.run("diff", "shop.yml", "-o", "out", "--stat")
        assert (again.exit_code, [line for line in again.stdout.splitlines() if line.startswith("renamed  ")]) == (
            int("\nreads  " in said),  # a project whose own SQL reads what is gone does not compile
            [],
        )


def test_a_rename_in_each_format(shop: Shop) -> None:
    shop.run("generate", "shop.yml", "--no-compile", "-o", "out")
    rewrite(shop, (*ENTITY, ("  order_facts:", "  facts:")))
    told = json.loads(shop.run("diff", "shop.yml", "-o", "out", "--format", "json").stdout)
    assert {file["path"]: file["renamed_from"] for file in told["files"] if file["renamed_from"]} == {
        f"{STAGING}/stg_purchases.sql": ORDERS
    }
    assert [(one["old"], one["new"], one["followed"]) for one in told["renamed"]] == [("order_facts", "facts", False)]
    markdown = shop.run("diff", "shop.yml", "-o", "out", "--format", "markdown").stdout
    assert f"| `{STAGING}/stg_purchases.sql` (renamed from `{ORDERS}`) | update | spec changed |" in markdown
    assert "* renamed? `order_facts` was removed and `facts` added: 3 of 3 columns agree" in markdown
    github = shop.run("diff", "shop.yml", "-o", "out", "--format", "github").stdout
    assert f"update (renamed from {ORDERS}): spec changed" in github
    followed = shop.run("diff", "shop.yml", "-o", "out", "--renames").stdout
    assert "--- a/models/marts/order_facts.sql\n+++ b/models/marts/facts.sql" in followed
    assert "`erd2dbt generate shop.yml -o out --renames` writes them" in followed


def test_a_lock_whose_names_are_broken_is_told(shop: Shop) -> None:
    shop.run("generate", "shop.yml", "--no-compile", "-o", "out")
    lock = Path("out/.erd2dbt.lock")
    for wrong in ('"orders": 5', '"orders": {"olds": "a"}'):
        text = re.sub(r'"orders": \{.*\}', wrong, lock.read_text())
        lock.write_text(text)
        done = shop.run("generate", "shop.yml", "--no-compile", "-o", "out")
        assert (done.exit_code, "error E803: the lock says nothing that is known of `orders`" in done.stderr) == (
            2,
            True,
        )
        lock.unlink()
        shutil.rmtree("out")
        shop.run("generate", "shop.yml", "--no-compile", "-o", "out")
