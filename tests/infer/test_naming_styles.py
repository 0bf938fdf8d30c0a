"""Schemas that call things otherwise than `table (table_id)`: their names in the usual way, and what is found."""

from __future__ import annotations

import pytest

from erd2dbt.infer.naming_styles import naming_styles
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec


def keys_and_links(sql: str) -> tuple[dict[str, list[str]], set[tuple[str, str]]]:
    """Table -> its key, and (column, table) of each link, as the database calls them."""
    erd = read_spec(drafted(sql.encode(), "made.sql", infer_keys=True)[1].encode(), "made.yml")
    raw = {e.name: {c.name: c.raw or c.name for c in e.columns} for e in erd.entities}
    keys = {e.table: [raw[e.name].get(word.text, word.text) for word in e.key] for e in erd.entities}
    links = {(raw[link.left][a], link.right) for link in erd.links for a, _ in link.columns}
    return keys, links


@pytest.mark.parametrize(
    ("tables", "column", "usual"),
    [
        ("site visit", "idsite", "site_id"),
        ("clientes pedidos", "id_cliente", "cliente_id"),
        ("clientes pedidos", "id_cliente_envio", "envio_cliente_id"),
        ("log_action log_visit", "entry_idaction_url", "entry_url_action_id"),
        ("teams games", "teamID_winner", "winner_team_id"),
        ("bill_cyc acct", "bill_cyc_cd", "bill_cyc_code"),
        ("c_order c_invoice c_partner", "c_partner_id", "partner_id"),
        ("site visit", "idle", "idle"),
        ("site visit", "id_card", "id_card"),
        ("concept drug", "concept_id_1", "concept_id_1"),
        ("orders", "order_id", "order_id"),
    ],
)
def test_columns_in_the_usual_way(tables: str, column: str, usual: str) -> None:
    assert naming_styles(dict.fromkeys(tables.split(), ())).column(column) == usual


def test_marks_of_tables_are_no_part_of_their_names() -> None:
    assert naming_styles(dict.fromkeys(["ci_acct", "ci_bill", "ci_per"], ())).tables == {
        "ci_acct": "acct",
        "ci_bill": "bill",
        "ci_per": "per",
    }
    # a thing and its parts; a mark that would leave two tables one name
    kept = ["order_lines", "order_notes", "order_taxes", "x_a", "y_a", "x_b", "x_c", "y_b", "y_c"]
    assert {name for name, short in naming_styles(dict.fromkeys(kept, ())).tables.items() if name == short} == set(kept)


MARKED = {
    "CONTAINER": ["CNT_NO", "CNT_ITY_CODE", "CNT_BUILT"],
    "ISO_TYPE": ["ITY_CODE", "ITY_DESC"],
    "YARD_BLOCK": ["YBL_CODE", "YBL_BAYS"],
    "MOVE": ["MOV_ID", "MOV_CNT_NO", "MOV_FROM_YBL_CODE", "MOV_CNT_NOTE"],
}


def test_a_mark_in_front_of_columns_stands_for_its_table() -> None:
    styles = naming_styles(MARKED)
    assert list(styles.columns(MARKED["MOVE"], "MOVE").values()) == [
        "id", "container_no", "from_yard_block_code", "cnt_note",
    ]  # fmt: skip
    assert list(styles.columns(MARKED["CONTAINER"], "CONTAINER").values()) == ["no", "iso_type_code", "built"]
    few = {name: MARKED[name] for name in ("CONTAINER", "MOVE")}
    assert set(naming_styles(few).columns(few["MOVE"], "MOVE").values()) == set(few["MOVE"])


def test_keys_and_links_behind_marks_of_columns() -> None:
    keys, links = keys_and_links("""
        create table container (cnt_no char(11) not null, cnt_ity_code char(4) not null, cnt_built date);
        create table iso_type (ity_code char(4) not null, ity_desc varchar(40) not null);
        create table yard_block (ybl_code char(3) not null, ybl_bays numeric(3) not null);
        create table move (mov_id numeric(9) not null, mov_cnt_no char(11), mov_from_ybl_code char(3), mov_at date);
    """)
    assert keys == {"container": ["cnt_no"], "iso_type": ["ity_code"], "yard_block": ["ybl_code"], "move": ["mov_id"]}
    assert {(column, table) for column, table in links} == {
        ("cnt_ity_code", "iso_type"), ("mov_cnt_no", "container"), ("mov_from_ybl_code", "yard_block"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "usual"),
    [
        ("intSellerID strName dtmBorn intShopID", "seller_id name born shop_id"),
        ("cd_setor cd_setor_pai nm_setor nr_crm", "setor_code pai_setor_code setor_name crm_nr"),
    ],
)
def test_kinds_in_front_of_columns(columns: str, usual: str) -> None:
    tables = {name: columns.split() for name in ("setor", "seller", "place")}
    assert list(naming_styles(tables).columns(columns.split(), "setor").values()) == usual.split()
    some = {**tables, "other": ["id", "name", "note", "born", "size", "length"]}
    assert list(naming_styles(some).columns(["intSellerID"], "setor").values()) == ["intSellerID"]


def test_keys_and_links_of_a_schema_whose_tables_all_have_a_mark() -> None:
    keys, links = keys_and_links("""
        create table ut_premise (premise_id char(10) not null, city text, built_on date);
        create table ut_meter (meter_id char(10) not null, premise_id char(10) not null,
          meter_type_cd char(4) not null);
        create table ut_meter_type (meter_type_cd char(4) not null, descr text not null);
        create table ut_reading (reading_id char(12) not null, meter_id char(10) not null, read_at timestamp not null);
    """)
    assert keys == {"ut_premise": ["premise_id"], "ut_meter": ["meter_id"], "ut_meter_type": ["meter_type_cd"],
                    "ut_reading": ["reading_id"]}  # fmt: skip
    assert {("premise_id", "ut_premise"), ("meter_id", "ut_meter"), ("meter_type_cd", "ut_meter_type")} <= links


def test_keys_and_links_of_a_schema_with_the_id_first() -> None:
    keys, links = keys_and_links("""
        create table clientes (id_cliente int not null, nombre text not null);
        create table pedidos (id_pedido int not null, id_cliente int not null, id_cliente_envio int,
          fecha date not null);
    """)
    assert keys == {"clientes": ["id_cliente"], "pedidos": ["id_pedido"]}
    assert links == {("id_cliente", "clientes"), ("id_cliente_envio", "clientes")}
