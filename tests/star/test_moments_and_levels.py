"""Numbers that look like quantities: moments in milliseconds, rates, meters, levels, terms and ratings."""

from __future__ import annotations

import pytest

from erd2dbt.diagram.erd import Attribute
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.dates import is_clock
from erd2dbt.star.derive import star_of
from erd2dbt.star.numbers import Figure, classified_number


def column(name: str, type_: str = "bigint") -> Attribute:
    return Attribute(name=name, span=Span("spec.yml", 1, 1), type=type_)


@pytest.mark.parametrize(
    ("clock", "figure", "names"),
    [
        (True, Figure.LABEL, "started_at_ms event_time_ms start_ms finish_ms start_seconds ended_at_ms inicio_ms"),
        (False, Figure.FLOW, "duration_ms elapsed_ms response_time_ms wait_time_seconds play_ms length_of_stay_days"),
        (False, Figure.RATE, "offset_ms timeout_ms term_months notice_days payment_terms_days warranty_months"),
        (False, Figure.RATE, "retention_days shelf_life_days sla_hours timeout_seconds utc_offset_minutes"),
        (False, Figure.RATE, "taux_tva tasa_iva alicuota_iva aliquota_iva mwst_satz vat_rate tipo_iva total_tax_rate"),
        (False, Figure.RATE, "elo_points rank_points"),
        (False, Figure.STOCK, "index_kwh stand_kwh zaehlerstand compteur_km mileage_km qty_after oh_qty_after"),
        (False, Figure.STOCK, "opening_qty closing_qty saldo_apos"),
        (False, Figure.FLOW, "consumption_kwh retry_count rows_read rows_written delay_minutes points iva_amount"),
        (False, Figure.FLOW, "opening_fee net_after_tax"),
    ],
)
def test_what_a_number_is_by_its_name(clock: bool, figure: Figure, names: str) -> None:
    for name in names.split():
        assert (is_clock(column(name)), classified_number(column(name)).figure) == (clock, figure), name


SAMPLES = """
create table hosts (host_id int primary key, name text not null);
create table host_samples (host_id int references hosts, sampled_at timestamp, uptime_seconds bigint,
  bytes_sent_total bigint, process_count int, primary key (host_id, sampled_at));
create table host_hours (host_id int references hosts, hour timestamp, click_count int, views_total int,
  primary key (host_id, hour));
create table holdings (holding_id int primary key, host_id int references hosts, as_of date not null,
  cost_basis numeric(14,2), book_value numeric(14,2));
create table daily_turnovers (turnover_id int primary key, host_id int references hosts, as_of date not null,
  debits numeric(14,2), credits numeric(14,2));
create table runs (run_id int primary key, host_id int references hosts, started_at_ms bigint not null,
  duration_ms bigint);
create table lancamentos (lancamento_id int primary key, host_id int references hosts, data_lancamento date not null,
  valor numeric(12,2), saldo_apos numeric(12,2));
create table readings (reading_id int primary key, host_id int references hosts, read_at timestamp not null,
  value numeric(12,2), unit_id int);
"""


def test_samples_and_holdings_are_levels_and_a_value_of_a_posting_is_an_amount() -> None:
    star = star_of(read_spec(drafted(SAMPLES.encode(), "schema.sql")[1].encode(), "spec.yml"))
    assert star is not None
    summed = {one.name: {c.name for c in one.added} for one in star.entities.values() if one.is_fact}
    assert summed == {
        "host_samples": set(),
        "host_hours": {"click_count", "views_total"},
        "holdings": set(),
        "daily_turnovers": {"debits", "credits"},
        "runs": {"duration_ms"},
        "lancamentos": {"valor"},
        "readings": set(),
    }
