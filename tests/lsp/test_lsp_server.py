"""The language server as an editor meets it: faults while one types, their fixes, what words mean and may become."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from erd2dbt.faults.diagnostics import ErdError
from erd2dbt.pipelines.generation import plan
from lsp.editor import URI, Editor

SPECS = Path(__file__).parents[2] / "specs"
MARKETING = (SPECS / "marketing.yml").read_text(encoding="utf-8")
SHOP = """\
version: 1
project: shop
sources: {raw: {schema: raw}}
entities:
  customers:
    description: People 👩‍💻 who buy
    key: customer_id
    columns: {customer_id: bigint, größe_𝔸: text, name: text}
  orders:
    key: order_id
    columns:
      order_id: bigint
      customer_id: bigint
      amount: numeric(12,2)
      ordered_at: timestamp
links:
  orders }o--|| customers: {buyer: customer_id}
models:
  customer_value:   # 𝔸 comment that stays
    grain: customer_id
    rows: customers
    keep: [name]
    columns:
      revenue: {is: sum(orders.amount), description: All of it}
      first_amount: {first: orders.amount, order: ordered_at}
"""


def told(found: list[dict[str, Any]]) -> list[str]:
    return [one["code"] for one in found]


def test_faults_are_those_of_check(editor: Editor) -> None:
    for text in (MARKETING, MARKETING.replace("campaigns_daily.clicks", "campaigns_daily.cliks"), SHOP):
        found = editor.check(text)
        try:
            known = plan(text.encode(), "x.yml")[1].remarks
        except ErdError as error:
            known = error.diagnostics
        assert told(found) == [one.code for one in known]
        lines = [one.span.line - 1 for one in known if one.span]
        assert [one["range"]["start"]["line"] for one in found] == lines


def test_faults_come_and_go_as_one_types(editor: Editor) -> None:
    assert told(editor.check(SHOP)) == ["I204"]
    for broken in ("sum(orders.amount", "sum(orders.amuont)", "[", "{is: "):
        found = editor.check(SHOP.replace("{is: sum(orders.amount), description: All of it}", broken))
        assert any(one["severity"] == 1 for one in found), broken
    assert told(editor.check(SHOP)) == ["I204"]


def test_places_count_utf_16(editor: Editor) -> None:
    text = SHOP.replace(
        "columns: {customer_id: bigint, größe_𝔸: text,", "columns: {größe_𝔸: text, customer_id: wrogn type,"
    )
    (fault,) = [one for one in editor.check(text) if "wrogn" in one["message"]]
    assert editor.named(fault["range"]) == "wrogn type"
    before = "    columns: {größe_𝔸: text, customer_id: "
    assert fault["range"]["start"]["character"] == len(before) + 1
    text = SHOP.replace(
        "{is: sum(orders.amount), description: All of it}", "{description: 👩‍💻 All, is: sum(orders.amuont)}"
    )
    (fault,) = [one for one in editor.check(text) if one["severity"] == 1]
    assert editor.named(fault["range"]) == "sum(orders.amuont)"


def test_places_in_the_encoding_that_the_editor_asks_for() -> None:
    editor = Editor(encodings=["utf-8"])
    assert editor.capabilities["positionEncoding"] == "utf-8"
    text = SHOP.replace("größe_𝔸: text, name: text", "größe_𝔸: wrogn type, name: text")
    (fault,) = [one for one in editor.check(text) if "wrogn" in one["message"]]
    before = "    columns: {customer_id: bigint, größe_𝔸: "
    assert fault["range"]["start"]["character"] == len(before.encode())
    assert editor.leave() == 0


@pytest.mark.parametrize("end", ["\r\n", "\r", "\ufeff"])
def test_line_ends_and_a_bom_of_the_editor(editor: Editor, end: str) -> None:
    text = f"\ufeff{SHOP}" if end == "\ufeff" else SHOP.replace("\n", end)
    found = editor.check(text)
    assert told(found) == ["I204"]
    assert found[0]["range"]["start"]["line"] == SHOP[: SHOP.index("first: orders")].count("\n")


def test_a_safe_repair_is_what_check_fix_makes(editor: Editor, tmp_path: Path) -> None:
    (fault,) = editor.check(SHOP)
    (action,) = editor.actions(fault)
    assert action["isPreferred"]
    after = editor.applied(action["edit"])
    assert after == SHOP.replace("order: ordered_at", "order: [ordered_at, order_id]")
    (tmp_path / "shop.yml").write_text(SHOP, encoding="utf-8")
    program = [sys.executable, "-c", "from erd2dbt.cli import main; main()", "check", "--fix", "shop.yml"]
    subprocess.run(program, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "shop.yml").read_text(encoding="utf-8") == after
    (whole,) = editor.actions(fault, only=["source.fixAll"])
    assert editor.applied(whole["edit"]) == after
    assert editor.check(after) == []


def test_a_repair_that_is_pasted_keeps_comments_and_layout(editor: Editor) -> None:
    text = MARKETING.replace("total_users: count(distinct", "total_users: count(distinct  ").replace(
        "ctr: double", "ctr:  double"
    )
    faults = [one for one in editor.check(text) if one["code"] == "W402"]
    assert len(faults) >= 2
    for fault in faults:
        actions = editor.actions(fault)
        assert actions
        for action in actions:
            after = editor.applied(action["edit"])
            changed = [(a, b) for a, b in zip(text.splitlines(), after.splitlines(), strict=True) if a != b]
            assert len(changed) == 1
            assert "W402" not in told([one for one in editor.check(after) if one["range"] == fault["range"]])
            editor.check(text)


def test_a_misspelt_word_is_put_right(editor: Editor) -> None:
    (fault,) = [
        one for one in editor.check(SHOP.replace("sum(orders.amount)", "sum(orders.amuont)")) if one["severity"] == 1
    ]
    titles = {action["title"]: action for action in editor.actions(fault)}
    assert editor.applied(titles[f"{fault['code']}: did you mean `amount`?"]["edit"]) == SHOP


def test_hover(editor: Editor) -> None:
    editor.check(SHOP)

    def shown(words: str, offset: int) -> str:
        found = editor.at("hover", words, offset)
        return str(found["contents"]["value"])

    assert "Key: `customer_id`" in shown("  customers:", 4)
    assert "People 👩‍💻 who buy" in shown("rows: customers", 8)
    assert "One row per `customer_id`".lower() in shown("customer_value", 3).lower()
    assert "customers: customer_id is the primary key" in shown("customer_value", 3)
    revenue = shown("revenue", 1)
    assert "numeric" in revenue
    assert "All of it" in revenue
    assert "`stg_orders.amount` (aggregation)" in revenue
    assert "`raw.orders.amount` (aggregation)" in revenue
    assert "`timestamp" in shown("order: ordered_at", 8)
    assert shown("grain:", 2).startswith("`grain`: ")


def test_hover_in_a_spec_that_is_broken_meanwhile(editor: Editor) -> None:
    editor.check(SHOP)
    editor.check(SHOP.replace("description: All of it}", "description: All of it"))
    assert "Key: `customer_id`" in editor.at("hover", "  customers:", 4)["contents"]["value"]


def test_definitions_and_references(editor: Editor) -> None:
    editor.check(SHOP)

    def line(words: str, offset: int) -> str:
        found = editor.at("definition", words, offset)
        assert found["uri"] == URI
        return SHOP.splitlines()[found["range"]["start"]["line"]].strip()

    assert line("sum(orders.amount)", 5) == "orders:"
    assert line("sum(orders.amount)", 13) == "amount: numeric(12,2)"
    assert line("}o--|| customers", 10) == "customers:"
    assert line("order: ordered_at", 8) == "ordered_at: timestamp"
    assert line("keep: [name]", 8).startswith("columns: {customer_id")
    found = editor.at("references", "  orders:", 3, context={"includeDeclaration": True})
    assert [editor.named(one["range"]) for one in found] == ["orders"] * 4


def test_outline(editor: Editor) -> None:
    editor.check(SHOP)
    found = editor.ask("textDocument/documentSymbol", textDocument={"uri": URI})
    names = {one["name"]: [inner["name"] for inner in one["children"]] for one in found}
    assert names == {
        "customers": ["customer_id", "größe_𝔸", "name"],
        "orders": ["order_id", "customer_id", "amount", "ordered_at"],
        "customer_value": ["revenue", "first_amount"],
    }


RENAMES = [
    ("  orders:", 3, "purchases", 4, "table: orders"),
    ("amount: numeric", 2, "total", 3, "from: amount"),
    ("customer_value", 2, "values", 1, "renamed_from: customer_value"),
]


@pytest.mark.parametrize("one", RENAMES, ids=[one[2] for one in RENAMES])
def test_a_new_name(editor: Editor, one: tuple[str, int, str, int, str]) -> None:
    words, place, new, times, kept = one
    editor.check(SHOP)
    old = editor.named(editor.at("prepareRename", words, place)["range"])
    after = editor.applied(editor.at("rename", words, place, newName=new))
    assert after.count(new) == times
    assert kept in after
    assert f"renamed_from: {old}" in after
    assert "# 𝔸 comment that stays" in after
    assert told(editor.check(after)) == ["I204"]
    editor.check(SHOP)
    assert "not a name" in editor.at("rename", words, place, newName="a b")["message"]


def test_a_new_name_that_would_break_the_spec_is_refused(editor: Editor) -> None:
    editor.check(SHOP)
    assert "break the spec" in editor.at("rename", "  orders:", 3, newName="customers")["message"]
    editor.check(SHOP.replace("sum(orders.amount)", "sum(orders.amuont)"))
    assert "has errors" in editor.at("rename", "  orders:", 3, newName="sales")["message"]


COMPLETIONS = [
    ("      revenue: {is: sum(orders.", "}", ["order_id", "amount", "ordered_at", "buyer"], ["grain", "sum"]),
    ("      revenue: su", "", ["orders", "customers", "name", "sum", "ratio"], ["grain"]),
    ("      revenue: {is: sum(orders.amount), de", "}", ["description", "default", "accept"], ["orders", "is_not"]),
    ("    ro", "", ["rows", "grain", "columns", "keep"], ["orders", "project"]),
    ("    rows: c", "", ["customers", "orders"], ["customer_value", "amount"]),
    ("    keep: [name, ", "]", ["customer_id", "größe_𝔸"], ["orders"]),
    ("    via: ", "", ["buyer"], ["amount"]),
    ("    materialized: ", "", ["view", "table"], ["orders"]),
]


@pytest.mark.parametrize(
    ("before", "behind", "offered", "not_offered"), COMPLETIONS, ids=[one[0].strip() for one in COMPLETIONS]
)
def test_completion_in_a_model(
    editor: Editor, before: str, behind: str, offered: list[str], not_offered: list[str]
) -> None:
    head = SHOP[: SHOP.index("    rows: customers") if before.startswith("    ro") else SHOP.index("      revenue")]
    columns = "" if before.startswith("      ") else "    rows: customers\n" * (not before.startswith("    ro"))
    if not before.startswith("      "):
        head = head[: head.rindex("    grain")] + "    grain: customer_id\n"
    text = f"{head}{columns}{before}{behind}\n"
    editor.write(text)
    labels = [one["label"] for one in editor.at("completion", before, len(before))["items"]]
    assert [word for word in offered if word not in labels] == []
    assert [word for word in not_offered if word in labels] == []


def test_completion_of_links_and_entities(editor: Editor) -> None:
    def labels(text: str, words: str) -> list[str]:
        editor.write(text)
        found = editor.at("completion", f"…{words}", len(words) + 1)
        return [one["label"] for one in found["items"]]

    start = SHOP[: SHOP.index("models:")]
    assert {"customers", "orders"} <= set(labels(start + "  or\n", "  or"))
    assert "}o--||" in labels(start + "  customers \n", "  customers ")
    assert "orders" in labels(start + "  customers ||--o{ or\n", "  customers ||--o{ or")
    assert {"order_id", "amount"} <= set(
        labels(start + "  orders }o--o| customers: am\n", "  orders }o--o| customers: am")
    )
    assert "größe_𝔸" in labels(start + "  orders }o--o| customers: amount = \n", "amount = ")
    entity = SHOP[: SHOP.index("links:")]
    assert {"ordered_at", "amount"} <= set(labels(entity + "    loaded_at: \n", "    loaded_at: "))
    assert "loaded_at" in labels(entity + "    lo\n", "    lo")
    assert {"bigint", "numeric(12,2)"} <= set(labels(entity.replace("amount: numeric(12,2)", "amount: "), "amount: "))
    assert labels("entities:\n\nso\n", "so")[:3] == ["version", "project", "description"]


def test_what_is_offered_is_what_is_inserted(editor: Editor) -> None:
    text = SHOP.replace("sum(orders.amount), description: All of it", "sum(orders.am")
    editor.write(text)
    items = editor.at("completion", "sum(orders.am", len("sum(orders.am"))["items"]
    (amount,) = [one for one in items if one["label"] == "amount"]
    edit = {"changes": {URI: [amount["textEdit"]]}}
    assert editor.applied(edit) == text.replace("orders.am}", "orders.amount}")


HOSTILE = [
    "\x00",
    "entities: " + "[" * 5000,
    "entities:\n  a: " + "{x: " * 3000,
    "entities: *a\n",
    "entities: &a [*a]\n",
    "entities:\n  ? {a: b}\n  : c\n",
    "entities:\n  a: {key: id, columns: {id: \ud800}}\n",
    'entities:\n  a: {key: id, columns: {id: "\\u2028\u2028"}}\n',
    SHOP.replace("sum(orders.amount)", "(" * 3000 + "1" + ")" * 3000),
    SHOP.replace("shop", "../../etc"),
    SHOP.replace("People 👩‍💻 who buy", '"\\e]0;x\\a{{ 1 }} <script>alert(1)</script> [x](javascript:1)"'),
    "entities:\n- a\n- b: [c\n",
    "# $schema=erd2dbt.schema.json\n",
    "",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_ends_the_server(editor: Editor, text: str) -> None:
    uri = "file:///specs/hostile.yml"
    editor.write("entities:\n", uri)
    for one in editor.check(text, uri):
        assert one["message"].isprintable() or "\n" in one["message"]
        assert not any(sign in one["message"] for sign in "\x00\x07\x1b\u2028")
    lines = text.split("\n")
    for line in range(min(len(lines), 12)):
        for column in (0, len(lines[line]) // 2, len(lines[line]), 10**6):
            for method in ("hover", "completion", "definition", "prepareRename"):
                where = {"line": line, "character": column}
                answer = editor.ask(f"textDocument/{method}", textDocument={"uri": uri}, position=where)
                assert not isinstance(answer, dict) or "code" not in answer, answer
                shown = answer["contents"]["value"] if method == "hover" and answer else ""
                assert "\x1b" not in shown
                assert "<script>" not in shown.replace("\\<script", "")
    assert told(editor.check(SHOP)) == ["I204"]


def test_other_yaml_is_left_alone(editor: Editor) -> None:
    uri = "file:///project/models/_models.yml"
    editor.write("models:\n  - name: x\n    columns: [", uri)
    assert editor.at("hover", "name", 1, uri) is None
    assert told(editor.check(SHOP)) == ["I204"]
    assert not [one for one in editor.said if one.get("params", {}).get("uri") == uri]


def test_without_pygls_the_command_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "pygls").mkdir()
    (tmp_path / "pygls" / "__init__.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    program = [sys.executable, "-c", "from erd2dbt.cli import main; main()", "lsp"]
    done = subprocess.run(
        program,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "error: `erd2dbt lsp` needs pygls, which is not installed\n  = fix: `pip install 'erd2dbt[lsp]'`\n"
    )
