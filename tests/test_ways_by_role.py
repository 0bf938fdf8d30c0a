"""An input meets the rows by one role: its column is not compared with two foreign keys at once, whatever the order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import Diagnostic, Fix
from erd2dbt.pipelines.generation import generate
from erd2dbt.read.spec.pasting import pasted
from erd2dbt.run.connection import Connection, connect
from ways import fault_of, figures

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "version: 1\nproject: sea\nsources: {raw: {schema: raw}}\nentities:\n"
ENTITIES = (
    "  ports: {key: port_id, columns: {port_id: int, country: text, tons: int}}\n",
    "  berths: {key: berth_id, columns: {berth_id: int, port_id: int, fee: int}}\n",
    "  trips: {key: trip_id, columns: {trip_id: int, from_port: int, to_port: int}}\n",
    "  stops: {key: [trip_id, stop_no], columns: {trip_id: int, stop_no: int, port_id: int}}\n",
)
LINKS = (
    "  berths }o--|| ports: port_id\n",
    "  trips }o--|| ports: {from: from_port = port_id, to: to_port = port_id}\n",
    "  stops }o--|| trips: trip_id\n",
    "  stops }o--|| ports: port_id\n",
)
ROWS = """\
create schema raw;
create table raw.ports as select * from (values (1, 'NO', 100), (2, 'FR', 900), (3, 'FR', 400))
  as t (port_id, country, tons);
create table raw.berths as select * from (values (1, 1, 10), (2, 1, 20), (3, 2, 70), (4, 3, 50))
  as t (berth_id, port_id, fee);
create table raw.trips as select * from (values (1, 1, 2), (2, 1, 1), (3, 3, 2)) as t (trip_id, from_port, to_port);
create table raw.stops as select * from (values (1, 1, 3), (1, 2, 2), (3, 1, 1)) as t (trip_id, stop_no, port_id);
"""
TRIPS = "raw.trips t join raw.ports f on f.port_id = t.from_port join raw.ports p on p.port_id = t.to_port"
TRIP_MODEL = "  r: {grain: trip_id, rows: trips, columns: {home: trips.from.country, away: trips.to.country}}\n"


def spec(models: str, *, backwards: bool = False) -> str:
    step = -1 if backwards else 1
    links = "".join(LINKS[::step])
    if backwards:
        links = re.sub(r"\{(from: [^,]*), (to: [^}]*)\}", r"{\2, \1}", links)
    return f"{HEAD}{''.join(ENTITIES[::step])}links:\n{links}models:\n{models}"


def model(formula: str, grain: str = "[from_port, to_port]", rows: str = "trips") -> str:
    return f"  m: {{grain: {grain}, rows: {rows}, columns: {{x: {formula}}}}}\n"


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        found = session.cursor()
        found.execute(ROWS)
        yield found
        session.rollback()


def words(fault: Diagnostic) -> list[str]:
    return [word for fix in fault.fixes for word in re.findall(r"`via: ([\w.]+)`", fix)]


def values(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return sorted(cursor.fetchall())


@pytest.mark.parametrize(
    ("formula", "of_port"),
    [
        ("max(berths.fee)", "max(fee)"),
        ("sum(berths.fee)", "sum(fee)"),
        ("avg(berths.fee)", "avg(fee)"),
        ("count(berths.berth_id)", "count(*)"),
        ("{last: berths.fee, order: berth_id}", "(array_agg(fee order by berth_id desc))[1]"),
        ("{first: berths.fee, order: berth_id}", "(array_agg(fee order by berth_id))[1]"),
        ("max(ports.tons)", "max(tons)"),
    ],
)
def test_an_input_has_a_value_for_each_pair_of_roles(cursor: Any, formula: str, of_port: str) -> None:
    """Off the diagonal, the value was NULL or 0."""
    fault = fault_of(spec(model(formula)))
    assert (fault.code, words(fault)) == ("E205", ["from", "to"])
    again = fault_of(spec(model(formula), backwards=True))
    assert (again.message, again.fixes) == (fault.message, fault.fixes)
    found = []
    for fix, role in zip(fault.fixes, ("from_port", "to_port"), strict=True):
        assert isinstance(fix, Fix)
        table = "ports" if "tons" in formula else "berths"
        value = f"(select {of_port} from raw.{table} b where b.port_id = {role})"
        right = values(cursor, f"select distinct from_port, to_port, {value} from raw.trips")
        assert figures(cursor, pasted(spec(model(formula)), fix) or "") == right
        assert all(value is not None for *_, value in right)
        found.append(right)
    assert found[0] != found[1]


@pytest.mark.parametrize("rows", ["trips", "r"])
def test_rows_and_inputs_that_are_models_have_the_same_ways(rows: str) -> None:
    models = "  r: {grain: trip_id, rows: trips, keep: [from_port, to_port], columns: {}}\n"
    models += "  b: {grain: port_id, rows: ports, columns: {fees: sum(berths.fee)}}\n"
    for formula in ("max(b.fees)", "max(berths.fee)"):
        fault = fault_of(spec(models + model(formula, rows=rows)))
        assert (fault.code, words(fault)) == ("E205", ["from", "to"])


def test_an_own_link_and_one_of_a_parent_are_two_roles(cursor: Any) -> None:
    text = spec(model("max(berths.fee)", "[port_id, to_port]", "stops"))
    fault = fault_of(text)
    assert (fault.code, words(fault)) == ("E205", ["ports.ports", "to"])
    for fix, role in zip(fault.fixes, ("s.port_id", "to_port"), strict=True):
        assert isinstance(fix, Fix)
        value = f"(select max(fee) from raw.berths b where b.port_id = {role})"
        query = f"select distinct s.port_id, to_port, {value} from raw.stops s join raw.trips using (trip_id)"
        assert figures(cursor, pasted(text, fix) or "") == values(cursor, query)


@pytest.mark.parametrize(("formula", "value"), [("max(berths.fee)", "fee"), ("max(ports.tons)", "tons")])
def test_columns_of_one_parent_by_two_roles_are_named_by_the_grain(cursor: Any, formula: str, value: str) -> None:
    """Both ways have the same links, so the word is the column of the grain."""
    text = spec(TRIP_MODEL + model(formula, "[home, away]", "r"))
    fault = fault_of(text)
    assert (fault.code, words(fault)) == ("E205", ["away", "home"])
    shown = f"create view raw.r as select trip_id, f.country as home, p.country as away from {TRIPS}"
    cursor.execute(shown)
    for fix, name in zip(fault.fixes, ("away", "home"), strict=True):
        assert isinstance(fix, Fix)
        tied = f"raw.ports q left join raw.berths using (port_id) where q.country = {name}"
        right = values(cursor, f"select distinct home, away, (select max({value}) from {tied}) from raw.r")
        made = generate((pasted(text, fix) or "").encode(), "spec.yml")
        sql = made.files[made.project.sql_paths["m"]].replace("{{ ref('r') }}", "raw.r")
        cursor.execute(re.sub(r"\{\{ ref\('(?:stg_)?(\w+)'\) \}\}", r"raw.\1", sql))
        assert sorted(cursor.fetchall()) == right


def test_a_word_uses_its_role_alone_beside_a_column_of_the_same_name(cursor: Any) -> None:
    """`port_id` of the berths is that of `to_port`, and not also that of the stop by its name."""
    text = spec(model("{is: max(berths.fee), via: to}", "[port_id, to_port]", "stops"))
    assert {r.code for r in generate(text.encode(), "spec.yml").planned.remarks} & {"W402", "W406"} == set()
    value = "(select max(fee) from raw.berths b where b.port_id = to_port)"
    query = f"select distinct s.port_id, to_port, {value} from raw.stops s join raw.trips using (trip_id)"
    assert figures(cursor, text) == values(cursor, query)


def test_match_decides_for_one_role(cursor: Any) -> None:
    text = spec(model("max(berths.fee)").replace("rows:", "match: {berths: {to_port: port_id}}, rows:"))
    value = "(select max(fee) from raw.berths b where b.port_id = to_port)"
    right = values(cursor, f"select distinct from_port, to_port, {value} from raw.trips")
    assert figures(cursor, text) == right


def test_a_source_of_a_union_with_one_port_has_no_pair_of_ports() -> None:
    fault = fault_of(spec(model("count(trips.trip_id)", rows="[trips, berths]")))
    assert fault.code == "E205"
    assert fault.message.startswith("a row of `berths` would have one value for several grain columns of `m`")


def test_one_column_in_two_links_of_one_chain_is_one_role(cursor: Any) -> None:
    """`tenant_id` belongs to the key of the task as well as to that of its project; the logs meet the rows by both."""
    text = """\
version: 1
project: work
sources: {raw: {schema: raw}}
entities:
  projects: {key: [tenant_id, project_no], columns: {tenant_id: int, project_no: int, budget: int}}
  tasks: {key: [tenant_id, task_no], columns: {tenant_id: int, task_no: int, project_no: int}}
  logs: {key: log_id, columns: {log_id: int, tenant_id: int, task_no: int, minutes: int}}
links:
  tasks }o--|| projects: [tenant_id, project_no]
  logs }o--|| tasks: [tenant_id, task_no]
models:
  m: {grain: [tenant_id, project_no], rows: ROWS, columns: {minutes: sum(logs.minutes), budget: projects.budget}}
"""
    cursor.execute(
        "create table raw.projects as select * from (values (1, 1, 5), (2, 1, 6), (1, 2, 7)) as t "
        "(tenant_id, project_no, budget);"
        "create table raw.tasks as select * from (values (1, 1, 1), (2, 1, 1), (1, 2, 2)) as t "
        "(tenant_id, task_no, project_no);"
        "create table raw.logs as select * from (values (1, 1, 1, 8), (2, 2, 1, 9), (3, 1, 2, 1), (4, 1, 1, 1)) as t "
        "(log_id, tenant_id, task_no, minutes);"
    )
    for rows in ("projects", "tasks", "logs"):
        made = generate(text.replace("ROWS", rows).encode(), "spec.yml")
        assert [r.message for r in made.planned.remarks if r.code == "W406"] == []
        assert "same name" not in made.files[made.project.sql_paths["m"]]
        assert figures(cursor, text.replace("ROWS", rows)) == [(1, 1, 5, 9), (1, 2, 7, 1), (2, 1, 6, 9)]
