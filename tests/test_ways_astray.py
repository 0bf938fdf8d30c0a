"""`via:` with a role goes by that link alone, keeps to its own input, and one input has one way to the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from erd2dbt.faults.diagnostics import Fix
from erd2dbt.pipelines.generation import generate
from erd2dbt.read.spec.pasting import pasted
from erd2dbt.run.connection import Connection, connect
from ways import fault_of, figures

if TYPE_CHECKING:
    from collections.abc import Iterator

HUBS = """\
version: 1
project: hubs
sources: {raw: {schema: raw}}
entities:
  hubs: {key: hub_id, columns: {hub_id: int, manager_id: int, size: int}}
  workers: {key: worker_id, columns: {worker_id: int, hub_id: int, pay: int}}
links:
  workers }o--|| hubs: hub_id
  hubs |o--o| workers: {manager: manager_id = worker_id}
models:
"""
DEPTS = HUBS.replace("hubs |o--o| workers", "hubs }o--o| workers")
DEALS = """\
version: 1
project: deals
sources: {raw: {schema: raw}}
entities:
  persons: {key: person_id, columns: {person_id: int}}
  staff: {key: person_id, columns: {person_id: int}}
  clients: {key: person_id, columns: {person_id: int, agent_id: int, budget: int}}
  deals: {key: deal_id, columns: {deal_id: int, client_id: int, closer_id: int, value: int}}
  invoices: {key: invoice_no, columns: {invoice_no: int, deal_id: {type: int, unique: true}}}
links:
  staff |o--|| persons: person_id
  clients |o--|| persons: person_id
  clients }o--|| staff: {agent: agent_id = person_id}
  deals }o--|| clients: client_id = person_id
  deals }o--|| staff: {closer: closer_id = person_id}
  invoices |o--|| deals: deal_id
models:
"""
MOVES = """\
version: 1
project: moves
sources: {raw: {schema: raw}}
entities:
  accounts: {key: account_id, columns: {account_id: int, top: int}}
  balances: {key: [account_id, day], columns: {account_id: int, day: int, fee: int}}
  moves: {key: move_id, columns: {move_id: int, account_id: int, other_id: int, day: int, amount: int}}
links:
  balances }o--|| accounts: account_id
  moves }o--|| accounts: {own: account_id, other: other_id = account_id}
models:
"""
ROWS = """\
create schema raw;
create table raw.hubs as select * from (values (1, 11, 100), (2, 10, 5)) as t (hub_id, manager_id, size);
create table raw.workers as select * from (values (10, 1, 50), (11, 1, 60), (12, 2, 70)) as t (worker_id, hub_id, pay);
create table raw.persons as select * from (values (1), (2), (3)) as t (person_id);
create table raw.staff as select * from (values (1), (3)) as t (person_id);
create table raw.clients as select * from (values (1, 1, 5), (2, 1, 100), (3, 1, 7)) as t (person_id, agent_id, budget);
create table raw.deals as select * from (values (1, 1, 3, 5), (2, 1, 3, 90), (3, 2, 1, 8))
  as t (deal_id, client_id, closer_id, value);
create table raw.invoices as select * from (values (1, 1), (2, 3)) as t (invoice_no, deal_id);
create table raw.accounts as select * from (values (1, 10), (2, 20)) as t (account_id, top);
create table raw.balances as select * from (values (1, 1, 3), (1, 2, 4), (2, 1, 6)) as t (account_id, day, fee);
create table raw.moves as select * from (values (1, 1, 2, 1, 100), (2, 2, 1, 1, 30), (3, 1, 2, 3, 7), (4, 1, 1, 1, 9))
  as t (move_id, account_id, other_id, day, amount);
"""


@pytest.fixture
def cursor(database: Connection) -> Iterator[Any]:
    with connect(database) as session:
        cursor = session.cursor()
        cursor.execute(ROWS)
        yield cursor


def model(head: str, column: str, via: str | None = None) -> str:
    said = column if column.startswith("{") else f'"{column}"'
    made = said if via is None else f"{{is: {said}, via: {via}}}"
    return f"  m: {{{head}, columns: {{x: {made}}}}}\n"


WORKERS = "grain: worker_id, rows: workers"
OF_HUBS = "grain: hub_id, rows: hubs"
STAFF = "grain: person_id, rows: staff"
PERSONS = "grain: person_id, rows: persons"
ACCOUNTS = "grain: account_id, rows: accounts"


@pytest.mark.parametrize(
    ("head", "columns", "right"),
    [
        (WORKERS, ("hubs.size", "max(hubs.size)"), [(10, 5), (11, 100), (12, None)]),  # the hub that a worker manages
        (OF_HUBS, ("workers.pay", "max(workers.pay)"), [(1, 60), (2, 50)]),  # the manager of a hub
    ],
    ids=["against the link", "along it"],
)
@pytest.mark.parametrize("word", ["manager", "manager_id"])
def test_a_role_is_one_link_in_every_spelling(
    cursor: Any, head: str, columns: tuple[str, ...], right: object, word: str
) -> None:
    """The rows have another link to the same entity, over which the role leads back: it is not gone up."""
    for column in columns:
        assert figures(cursor, HUBS + model(head, column, word)) == right, column


def test_a_role_to_many_rows_is_no_lookup(cursor: Any) -> None:
    fault = fault_of(DEPTS + model(WORKERS, "hubs.size", "manager"))
    assert fault.code == "E202"
    assert figures(cursor, DEPTS + model(WORKERS, "sum(hubs.size)", "manager")) == [(10, 5), (11, 100), (12, 0)]
    assert figures(cursor, DEPTS + model(WORKERS, "hubs.size")) == [(10, 100), (11, 100), (12, 5)]


def test_the_way_round_can_be_written_out(cursor: Any) -> None:
    """The hub of the manager of a worker's hub, in a path and in `via:`."""
    right = [(10, 100), (11, 100), (12, 100)]
    assert figures(cursor, HUBS + model(WORKERS, "workers.hubs.manager.hubs.size")) == right
    assert figures(cursor, HUBS + model(WORKERS, "hubs.size", "hubs.manager.hubs")) == right


@pytest.mark.parametrize("word", ["deals.clients.persons", "deals.clients"])
def test_an_input_is_no_way_over_something_else(cursor: Any, word: str) -> None:
    """Over its invoices, the value of a deal without an invoice would be lost. Each way that is offered keeps it."""
    text = DEALS + model(PERSONS, "sum(deals.value)", word)
    fault = fault_of(text)
    assert fault.code == "E201"
    assert "invoices" not in "".join(fault.fixes)
    found = [figures(cursor, pasted(text, fix) or "") for fix in fault.fixes if isinstance(fix, Fix)]
    of_clients, of_closers, of_agents = [(1, 95), (2, 8), (3, 0)], [(1, 8), (2, 0), (3, 95)], [(1, 103), (2, 0), (3, 0)]
    assert sorted(found) == sorted([of_clients, of_closers, of_agents])
    assert len(found) == len(fault.fixes)


def test_one_input_has_one_way_to_the_rows(cursor: Any) -> None:
    """The person's own row as a client, or the clients of the agent: a lookup beside the link says which."""
    text = DEALS + model(STAFF, "clients.budget")
    fault = fault_of(text)
    assert fault.code == "E205"
    assert fault.message.endswith("staff |o--|| persons then clients |o--|| persons; clients }o--|| staff (agent)")
    found = [figures(cursor, pasted(text, fix) or "") for fix in fault.fixes if isinstance(fix, Fix)]
    assert found[:2] == [[(1, 5), (3, 7)], [(1, 112), (3, 0)]]
    assert fault_of(DEALS + model(STAFF, "clients.budget", "agent")).code == "E202"


def test_a_second_column_takes_the_way_of_the_first(cursor: Any) -> None:
    """A lookup along foreign keys, and an aggregate along other links: the later column says its way."""
    text = HUBS.replace("hub_id: int, pay: int", "site_id: int, pay: int").replace(
        "  workers }o--|| hubs: hub_id", "  workers }o--|| sites: site_id\n  sites }o--|| hubs: hub_id"
    )
    text = text.replace("entities:\n", "entities:\n  sites: {key: site_id, columns: {site_id: int, hub_id: int}}\n")
    cursor.execute("create table raw.sites as select * from (values (1, 1), (2, 2)) as t (site_id, hub_id)")
    cursor.execute("alter table raw.workers rename column hub_id to site_id")
    both = f"  m: {{{WORKERS}, columns: {{led: max(hubs.size), own: hubs.size}}}}\n"
    fault = fault_of(text + both)
    assert fault.code == "E205"
    said = pasted(text + both, fault.fixes[0]) if isinstance(fault.fixes[0], Fix) else ""
    right = [(10, 5, 100), (11, 100, 100), (12, None, 5)]
    assert figures(cursor, said or "") == right
    assert figures(cursor, text + model(WORKERS, "hubs.size")) == [(10, 100), (11, 100), (12, 5)]
    cursor.execute("alter table raw.workers rename column site_id to hub_id")
    assert figures(cursor, HUBS + both) == right  # the link from each side: only one fits each column


def test_a_word_leaves_the_own_links_of_aggregated_rows(cursor: Any) -> None:
    """A filter reads the client of the deal, also where the deals are those of the closer."""
    value = "sum(deals.value) filter (where clients.budget > 6)"
    assert figures(cursor, DEALS + model(STAFF, value, "closer")) == [(1, 8), (3, 0)]
    assert figures(cursor, DEALS + model(STAFF, "sum(deals.value)", "closer")) == [(1, 8), (3, 95)]


def test_a_lookup_without_a_link_beside_needs_no_word(cursor: Any) -> None:
    clients = "grain: person_id, rows: clients"
    assert figures(cursor, DEALS + model(clients, "staff.person_id")) == [(1, 1), (2, 1), (3, 1)]
    alone = DEALS.replace("  clients }o--|| staff: {agent: agent_id = person_id}\n", "")
    assert figures(cursor, alone + model(STAFF, "clients.budget")) == [(1, 5), (3, 7)]


def test_columns_of_the_rows_are_their_own(cursor: Any) -> None:
    """A word that leads to another input does not lead away from the rows."""
    right = [(1, 126), (2, 50)]
    assert figures(cursor, MOVES + model(ACCOUNTS, "sum(moves.amount) + accounts.top", "own")) == right
    head = "grain: [account_id, day], rows: balances"
    right = [(1, 1, 3), (1, 2, 4), (2, 1, 6)]
    assert figures(cursor, MOVES + model(head, "balances.fee", "own")) == right


def test_a_word_round_another_entity_leads_away_from_rows_that_are_read_alone(cursor: Any) -> None:
    right = [(10, 60), (11, 60), (12, 50)]
    assert figures(cursor, HUBS + model(WORKERS, "workers.pay", "manager")) == right  # the manager of a worker's hub
    right = [(10, 55), (11, 160), (12, None)]
    assert figures(cursor, HUBS + model(WORKERS, "hubs.size + workers.pay", "manager")) == right


def test_a_path_from_grouped_rows_starts_at_their_grain(cursor: Any) -> None:
    head = "grain: [account_id, other_id], rows: moves"
    right = [(1, 1, 10), (1, 2, 20), (2, 1, 10)]
    assert figures(cursor, MOVES + model(head, "moves.other.top")) == right
    assert figures(cursor, MOVES + model(head, "accounts.top", "other")) == right
    assert fault_of(MOVES + model("grain: [account_id, day], rows: moves", "moves.other.top")).code == "E202"


def test_a_source_of_a_union_has_the_column_of_its_name(cursor: Any) -> None:
    """As in rows alone: `account_id` of `moves`, which a link confirms, not the account that the other link has."""
    head = "grain: [account_id, day], rows: [balances, moves]"
    right = [(1, 1, 109), (1, 2, 0), (1, 3, 7), (2, 1, 30)]
    turned = head.replace("balances, moves", "moves, balances")
    for text in (model(one, "sum(moves.amount)", word) for one in (head, turned) for word in (None, "own")):
        made = generate((MOVES + text).encode(), "spec.yml")
        assert not [one for one in made.planned.remarks if one.code == "W406"]
        assert figures(cursor, MOVES + text) == right
    accepted = f"{head}, accept: {{W402: partly, W406: days}}"
    found = figures(cursor, MOVES + model(accepted, "sum(moves.amount)", "other"))
    assert found == [(1, 1, 39), (1, 2, 0), (1, 3, 0), (2, 1, 100)]
    other = MOVES.replace("own: account_id", "own: self_id = account_id")
    other = other.replace("account_id: int, other", "self_id: int, other")
    assert fault_of(other + model(head, "sum(moves.amount)")).code == "E205"


def test_a_word_that_selects_no_way_is_told_as_such(cursor: Any) -> None:
    head = "grain: day, rows: balances"
    fault = fault_of(MOVES + model(head, "sum(moves.amount)", "own"))
    assert fault.code == "E201"
    assert fault.message == "`via: own` selects no way from `moves` to the grain (day) of `m`"
    assert str(fault.fixes[0]) == "remove it: then `moves` joins on (day)"
    assert figures(cursor, MOVES + model(head, "sum(moves.amount)")) == [(1, 139), (2, 0)]
