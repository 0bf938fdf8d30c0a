"""Which numbers of a fact are summed without asking: what is in doubt is shown, and told as such."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from erd2dbt.cli import main
from erd2dbt.diagram.erd import Attribute
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
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


READINGS = """
create table devices (device_id int primary key, name text not null);
create table sensor_readings (reading_id int primary key, device_id int not null references devices,
  read_at timestamp not null, sensor_value numeric(12,2), value numeric(12,2), test_value numeric(12,2),
  reading numeric(12,2), temperature numeric(12,2), kwh numeric(10,3), pulse_count int);
create table lab_results (lab_result_id int primary key, device_id int not null references devices,
  taken_at timestamp not null, result_value numeric(12,2), result_unit text, score int, fee_amount numeric(10,2));
create table batches (batch_id int primary key, device_id int not null references devices, made_on date not null,
  order_value numeric(12,2), output_value numeric(12,2), output_unit text, contract_value numeric(12,2));
create table shelves (shelf_id int primary key, device_id int not null references devices, moved_on date not null,
  goods_value numeric(12,2), order_value numeric(12,2), unit text, quantity int);
"""


def test_values_of_measurements_are_shown_and_not_summed() -> None:
    star = star_of(read_spec(drafted(READINGS.encode(), "schema.sql")[1].encode(), "spec.yml"))
    assert star is not None
    summed = {one.name: {c.name for c in one.added} for one in star.entities.values() if one.is_fact}
    assert summed == {
        "sensor_readings": {"kwh", "pulse_count"},
        "lab_results": {"fee_amount"},
        "batches": {"order_value"},
        "shelves": {"quantity"},
    }
    shown = {one.name: {c.name for c in one.measures} for one in star.entities.values()}
    assert shown["sensor_readings"] >= {"sensor_value", "value", "test_value", "reading", "temperature"}
    assert shown["lab_results"] >= {"result_value"}


STOCKS = """
create table artikel (artikel_nr int primary key, bezeichnung text not null);
create table lager (lager_nr int primary key, name text not null);
create table lagerbestand (artikel_nr int references artikel, lager_nr int references lager, stichtag date,
  bestand int, vorrat int, mindestbestand int, primary key (artikel_nr, lager_nr, stichtag));
create table existencias (artikel_nr int references artikel, lager_nr int references lager, fecha date,
  existencias int, stock_actual int, stock_minimo int, primary key (artikel_nr, lager_nr, fecha));
create table progress (progress_id int primary key, artikel_nr int references artikel, lager_nr int references lager,
  seen_on date, on_hand int, current_speedup numeric(12,4), running_thing numeric(12,4));
"""


def test_stocks_are_semi_additive_in_each_language_and_what_is_in_doubt_is_not_called_so() -> None:
    star = star_of(read_spec(drafted(STOCKS.encode(), "schema.sql")[1].encode(), "spec.yml"))
    assert star is not None
    said = {spec.star.entity: spec for spec in star.specs if spec.star and spec.star.entity}
    sure = "Semi-additive measures (not additive over time): "
    assert f"{sure}`bestand` and `vorrat`." in (said["lagerbestand"].description or "")
    assert f"{sure}`existencias` and `stock_actual`." in (said["existencias"].description or "")
    text = said["progress"].description or ""
    assert f"{sure}`on_hand`." in text
    assert "Not summed, as they may be running figures: `current_speedup` and `running_thing`." in text
    reasons = [reason for spec in said.values() if spec.star for reason in spec.star.because]
    assert any("`current` in its name may be a running figure" in reason for reason in reasons)
    assert any("`bestand`: `bestand` in its name is a level at a time" in reason for reason in reasons)
    assert not [
        reason for reason in reasons if "semi-additive" in reason and ("minimo" in reason or "mindest" in reason)
    ]


_ITEM = "invoice_id int not null, sold_on date not null, amount numeric(9,2), kind text, note text"
VERSIONS = """
create table invoices (invoice_id int primary key, name text not null);
create table invoice_items (item_id int primary key, {item}, streak int, foreign key (invoice_id) references invoices);
create table {history} (record_no int primary key, {columns}, foreign key (invoice_id) references invoices);
"""


@pytest.mark.parametrize(
    ("history", "columns", "added"),
    [
        ("invoice_item_history", f"item_id int, {_ITEM}, streak int, change_kind text", set()),
        ("invoice_item_history", _ITEM, {"amount"}),  # it repeats a part
        ("invoice_refunds", f"item_id int, {_ITEM}, streak int, change_kind text", {"amount"}),  # another thing
    ],
)
def test_versions_of_the_rows_of_another_table_are_not_summed(history: str, columns: str, added: set[str]) -> None:
    text = VERSIONS.format(item=_ITEM, history=history, columns=columns)
    star = star_of(read_spec(drafted(text.encode(), "schema.sql")[1].encode(), "spec.yml"))
    assert star is not None
    summed = {one.name: {c.name for c in one.added} for one in star.entities.values() if one.is_fact}
    assert summed["invoice_items"] == {"amount"}
    assert summed.get(history, set()) == added
