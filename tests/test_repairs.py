"""Every repair that is printed is pasted into its spec as it stands, and the spec then has that fault no more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from erd2dbt.faults.diagnostics import Acceptance, Diagnostic, ErdError, Fix, Hint, Severity
from erd2dbt.pipelines.autofix import without_failing_fixes
from erd2dbt.pipelines.generation import plan
from erd2dbt.read.spec.pasting import pasted

FOLDER = Path(__file__).parent / "faults"
OF_EXPRESSIONS = ("E020", "E021", "E023", "E024", "E206")  # what they say is no text for one place of the spec
HEADS = {"additivity": "additivity/trade.yml", "proving": "shop.yml"}


def spec_of(case: Path) -> str:
    """The case on the diagram that its folder shares."""
    text = case.read_text(encoding="utf-8")
    head = HEADS.get(case.parents[1].name)
    return (FOLDER / head).read_text(encoding="utf-8") + text if head and text.startswith("models:") else text


@cache
def found_in(text: str) -> tuple[Diagnostic, ...]:
    try:
        return plan(text.encode(), "input.yml")[1].remarks
    except ErdError as error:
        return error.diagnostics


@cache
def faults_of(case: Path) -> list[Diagnostic]:
    """With the repairs that were tried and hold."""
    text = spec_of(case)
    return list(without_failing_fixes(text.encode(), "input.yml", found_in(text)))


def told(case: Path) -> Iterator[tuple[str, Diagnostic, Fix]]:
    """What is printed of the case, without what its spec does not accept."""
    text = spec_of(case)
    for fault in faults_of(case):
        yield from ((text, fault, fix) for fix in fault.fixes if isinstance(fix, Fix) and fix.pastes)


CASES = sorted(path for kind in HEADS for path in (FOLDER / kind).glob("*/input.yml"))
NO_TEXT = ("not_utf8", "utf16")
MISREAD = sorted(path for path in (FOLDER / "reading").glob("*/input.yml") if path.parent.name not in NO_TEXT)


def counted(found: Sequence[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter((d.code, d.message) for d in found)


def test_repairs_are_accepted_as_they_are_pasted() -> None:
    """The fault is gone, and no error of its kind has come; so with many repairs of many codes."""
    codes = []
    for case in (*CASES, *MISREAD):
        for text, fault, fix in told(case):
            after = pasted(text, fix, fault.span)
            assert after is not None, fix
            before, now = counted(found_in(text)), counted(found_in(after))
            own = fault.code, fault.message
            assert now[own] < before[own] or fault.severity is Severity.INFO, (case, fix)
            assert fault.code not in {code for code, _ in now - before if code[0] == "E"}, (case, fix)
            codes.append(fault.code)
    assert len(codes) > 100
    assert len(set(codes)) > 15


def test_every_fault_of_a_model_keeps_a_way_out() -> None:
    """What a spec does not accept is not printed, yet something is."""
    for case in CASES:
        for fault in faults_of(case):
            if fault.code[:2] in ("E1", "E2", "E3", "W1", "W3", "W4", "W5"):
                assert fault.fixes, (case, fault)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_what_cannot_be_pasted_is_marked(case: Path) -> None:
    """A fix has no blank to fill in but the reason why something is accepted, which only people know."""
    for fault in found_in(spec_of(case)):
        for fix in fault.fixes if fault.code not in OF_EXPRESSIONS else ():
            assert isinstance(fix, Fix | Hint), (fault.code, fix)
            blanks = re.findall(r"<[^>]*>|…", fix) if isinstance(fix, Fix) else []
            assert set(blanks) <= {"<why>", "<why it holds>"}


JOINT = """
  means: {grain: product_id, rows: lines, columns: {x: avg(g_order_sums.mean_qty), y: avg(g_order_sums.mean_qty)}}
  reasoned:
    {grain: product_id, rows: lines, columns: {x: {is: avg(g_order_sums.mean_qty), accept: {E302: "means, say"}}}}
  written:
    grain: customer_id
    sql: |
      with w as (
        select o.customer_id, avg(o.amount) over (partition by o.customer_id) as mean
        from {{ ref('stg_orders') }} as o
      )
      select customer_id, sum(mean) as x from w group by customer_id
"""


def test_one_accepting_text_is_complete() -> None:
    """It names each code of its column or of its model, and keeps the reasons that the spec has."""
    text = (Path(__file__).parent / "aggregates" / "world.yml").read_text(encoding="utf-8") + JOINT
    errors = [d for d in found_in(text) if d.code[0] == "E"]
    offered = {(fix.at, str(fix)) for d in errors for fix in d.fixes if isinstance(fix, Acceptance)}
    both, begin = "E302: <why>, E303: <why>", "accept it with a reason: `accept: "
    assert offered == {
        (("models", "means", "columns", "x"), f"{begin}{{{both}}}`"),
        (("models", "means", "columns", "y"), f"{begin}{{{both}}}`"),
        (("models", "reasoned", "columns", "x"), f'{begin}{{E302: "means, say", E303: <why>}}`'),
        (("models", "written"), f"{begin}{{{both}}}`"),
    }
    assert len(errors) == 7
    for at in {place for place, _ in offered}:
        fix, place = next((f, d.span) for d in errors for f in d.fixes if isinstance(f, Acceptance) and f.at == at)
        after = pasted(text, fix, place)
        assert after is not None
        text = after
    assert [d for d in found_in(text) if d.code[0] == "E"] == []


QUOTIENTS = """\
version: 1
project: p
sources: {raw: {}}
entities:
  accounts: {key: account_id, columns: {account_id: int}}
  orders: {key: order_id, columns: {order_id: int, account_id: int}}
  lines: {key: [order_id, line_no], columns: {order_id: int, line_no: int, amount: int}}
links:
  orders }o--|| accounts: account_id
  lines }o--|| orders: order_id
models:
  per_order:
    grain: order_id
    rows: orders
    columns: {mean: avg(lines.amount), rate: "ratio(sum(lines.amount), count(lines.line_no))"}
  per_account:
    grain: account_id
    rows: accounts
    columns:
      x: "FORMULA"
"""


@pytest.mark.parametrize("name", ["mean", "rate"])
def test_a_total_that_is_divided_is_not_replaced_with_a_quotient_or_another_total(name: str) -> None:
    """The mean of two orders' means is not the mean of their lines divided by two, nor their sum divided by two."""
    for form, fixes in (("sum({})", 1), ("ratio(sum({}), count(per_order.order_id))", 0)):
        text = QUOTIENTS.replace("FORMULA", form.format(f"per_order.{name}"))
        (fault,) = (d for d in found_in(text) if d.code == "E302")
        offered = [fix for fix in fault.fixes if isinstance(fix, Fix) and not isinstance(fix, Acceptance)]
        assert len(offered) == fixes, (form, offered)
