"""What a name tells by itself: its language, its plural, the date of an event, the id of a thing."""

from __future__ import annotations

import pytest

from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of
from erd2dbt.star.values import Star

ENGLISH = "create table orders (order_id int primary key, placed_at timestamp not null, amount numeric(10,2));"
SPANISH = "create table ventas (venta_id int primary key, fecha_venta date not null, importe numeric(10,2));"
USERS = "create table users (user_id int primary key, surname text not null);"


def star(sql: str, *, infer: bool = False) -> Star:
    found = star_of(read_spec(drafted(sql.encode(), "schema.sql", infer_keys=infer)[1].encode(), "spec.yml"))
    assert found is not None
    return found


@pytest.mark.parametrize("rest", [ENGLISH, SPANISH, ENGLISH + SPANISH])
@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("almacenes", "dim_almacen"),
        ("kunden", "dim_kunde"),
        ("warehouses", "dim_warehouses"),
    ],
)
def test_a_plural_that_english_does_not_have_tells_its_language(rest: str, table: str, name: str) -> None:
    found = star(f"{rest}create table {table} (id int primary key, titel text not null);")
    assert found.models[table] == name


@pytest.mark.parametrize(("table", "one"), [("contas", "dim_conta"), ("fournisseurs", "dim_fournisseur")])
def test_two_names_tell_their_language(table: str, one: str) -> None:
    """One alone may be an English word: nobody has a list of all of these."""
    title, others = "(id int primary key, titel text not null);", {"contas": "vendas", "fournisseurs": "commandes"}
    single = f"create table {table} {title}"
    beside = f"{single}create table {others[table]} {title}"
    assert star(ENGLISH + single).models[table] == f"dim_{table}"
    assert star(ENGLISH + beside).models[table] == one


@pytest.mark.parametrize(("table", "name"), [("inv_trx", "fct_inv_trx"), ("inv_trxes", "fct_inv_trx")])
def test_an_abbreviation_has_no_plural(table: str, name: str) -> None:
    thing = "create table items (item_id int primary key, name text not null);"
    fact = f"create table {table} (id int primary key, item_id int references items, day date, qty int);"
    assert star(thing + fact).models[table] == name


@pytest.mark.parametrize(
    ("pair", "kind", "reason"),
    [
        ("friendship (user_a int references users, user_b int references users, since date,"
         " primary key (user_a, user_b))", "factless fact", "`since` says when it happened"),
        ("follows (a int references users, b int references users, seit date, primary key (a, b))", "factless fact",
         "`seit` says when it happened"),
        ("member (user_id int references users, club_id int references clubs, since date,"
         " primary key (user_id, club_id))", "bridge", "`since` only says since when it pairs them"),
        ("friendship (user_a int references users, user_b int references users, since date, until date,"
         " primary key (user_a, user_b))", "bridge", "nothing in it is counted or dated"),
        ("friendship (a int references users, b int references users, primary key (a, b))", "bridge",
         "nothing in it is counted or dated"),
    ],
)  # fmt: skip
def test_since_dates_a_pair(pair: str, kind: str, reason: str) -> None:
    clubs = "create table clubs (club_id int primary key, title text not null);"
    one = star(f"{USERS}{clubs}create table {pair};").entities[pair.partition(" ")[0]]
    assert str(one.kind) == kind
    assert reason in "\n".join(one.because)


@pytest.mark.parametrize(
    ("table", "column", "date"),
    [
        ("submissions", "submitted_at", "submitted_at"),
        ("admissions", "admitted_at", "admitted_at"),
        ("conversions", "converted_at", "converted_at"),
        # what is done with the row later is no event of it
        ("submissions", "graded_at", "created_at"),
        ("permits", "submitted_at", "created_at"),
    ],
)
def test_the_act_that_a_table_is_called_after_dates_it(table: str, column: str, date: str) -> None:
    """A draft has not been submitted yet: its day is NULL. Its creation says when somebody began to write it."""
    sql = f"create table {table} (id int primary key, user_id int not null references users, {column} timestamp,"
    one = star(f"{USERS}{sql} created_at timestamp not null, points numeric(5,2));").entities[table]
    assert one.event_date is not None
    assert one.event_date.name == date


def test_a_joined_id_of_several_tables_is_a_thing() -> None:
    keyed = "itemid bigint not null, clock int not null, value double precision not null, primary key (itemid, clock)"
    found = star(f"create table history ({keyed}, paid int);create table trends ({keyed}, paid int);")
    assert [model for _, model in found.phantoms] == ["dim_items"]
    loose = "id int primary key, itemid bigint not null, clock int not null, value double precision not null"
    assert star(f"create table history ({loose});create table trends ({loose});").phantoms == ()


@pytest.mark.parametrize(
    ("table", "links"),
    [
        ('"_PostToTag"', {"a": "post", "b": "tag"}),
        ('"_TagToTopic"', {"a": "tag", "b": "topic"}),
        ('"_PostToNone"', {}),
        ('"PostToTag"', {}),
    ],
)
def test_the_join_table_of_prisma_is_a_bridge(table: str, links: dict[str, str]) -> None:
    things = "".join(
        f'create table "{name}" (id serial primary key, title text not null);' for name in ("Post", "Tag", "Topic")
    )
    pairs = f'create table {table} ("A" int not null, "B" int not null, unique ("A", "B"));'
    found = star(things + pairs, infer=True)
    one = next(one for name, one in found.entities.items() if "to_" in name)
    assert {parent.columns[0]: parent.entity for parent in one.parents} == links
    assert (str(one.kind) == "bridge") == bool(links)
