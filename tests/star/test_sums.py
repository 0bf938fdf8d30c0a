"""Which numbers of a fact are summed without asking: what is in doubt is shown, and told as such."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.diagram.erd import Attribute
from erd2dbt.faults.diagnostics import Span
from erd2dbt.star.numbers import Figure, classified_number
from erd2dbt.star.row_evidence import Statistics, judged

SPEC = """version: 1
project: workshop
sources: {raw: {schema: public}}
entities:
  clients: {key: client_id, columns: {client_id: bigint, name: text}}
  desks: {key: desk_id, columns: {desk_id: bigint, name: text}}
  repairs:
    key: repair_id
    columns:
      repair_id: bigint
      client_id: bigint
      desk_id: bigint
      repaired_on: date
      net: numeric(12,2)
      mystery: numeric(12,2)
      bags: integer
      reopen_count: integer
      fx_rate: numeric(9,4)
  offers:
    key: offer_id
    columns: {offer_id: bigint, client_id: bigint, amount: 'numeric(12,2)', papers: integer}
links:
  repairs }o--|| clients: client_id
  repairs }o--|| desks: desk_id
  offers }o--|| clients: client_id
"""


def column(name: str, type_: str = "integer") -> Attribute:
    return Attribute(name=name, span=Span("spec.yml", 1, 1), type=type_)


@pytest.mark.parametrize(
    ("in_event", "elsewhere", "names"),
    [
        (True, True, "amount total_cents quantity net_amount amount_cents"),
        (True, False, "bags papers reopen_count txn_cnt num_items_sold"),
    ],
)
def test_how_sure_a_name_makes(in_event: bool, elsewhere: bool, names: str) -> None:
    for name in names.split():
        number = classified_number(column(name))
        assert number.figure is Figure.FLOW, name
        assert (number.is_summed(in_event=True), number.is_summed(in_event=False)) == (in_event, elsewhere), name


def test_a_type_alone_is_not_enough_and_rows_may_add_what_is_missing() -> None:
    number = classified_number(column("mystery", "numeric(12,2)"))
    assert number.figure is Figure.FLOW
    assert not number.is_summed(in_event=True)
    like_amounts = Statistics(rows=500, filled=500, distinct=400, low=0.5, high=9000, mean=120, cents=True)
    assert judged(number, like_amounts).is_summed(in_event=False)
    assert classified_number(column("net_amount", "numeric(12,2)")).is_summed(in_event=False)


def explained(folder: Path, model: str, more: str = "") -> str:
    (folder / "spec.yml").write_text(SPEC.replace("    key: repair_id\n", f"    key: repair_id\n{more}"), "utf-8")
    done = CliRunner().invoke(main, ["explain", model, str(folder / "spec.yml")])
    assert done.exit_code == 0, done.output
    return done.output


def test_what_is_in_doubt_is_told_with_its_evidence(tmp_path: Path) -> None:
    text = explained(tmp_path, "fct_repairs")
    assert "additive measures: net, bags, reopen_count\n" in text
    assert "inferred to be quantities, and not summed unless `measures:` says so: `mystery`: its type" in text
    offers = explained(tmp_path, "fct_offers")
    assert "additive measures: amount\n" in offers
    assert "not summed unless `measures:` says so: `papers`: `papers` is a plural" in offers


def test_a_column_in_doubt_stays_and_the_spec_decides(tmp_path: Path) -> None:
    text = explained(tmp_path, "fct_repairs", "    measures: [net, mystery]\n")
    assert "additive measures: net, mystery\n" in text
    shown = CliRunner().invoke(main, ["suggest", str(tmp_path / "spec.yml")]).output
    assert "Additive measures: `net` and `mystery`." in shown
    explained(tmp_path, "fct_repairs")
    shown = CliRunner().invoke(main, ["suggest", str(tmp_path / "spec.yml")]).output
    assert "Possibly additive, not summed: `mystery`." in shown
