"""A star does not depend on how names are spelled, nor on the order in which tables, columns and keys are written."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable

import pytest

from erd2dbt.diagram.erd import Erd, ModelSpec
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.read.spec.reader import read_spec
from erd2dbt.star.derive import star_of

SHOP = """
create table customer (id bigint primary key, full_name text not null, email text, created_at timestamp not null);
create table supplier (id bigint primary key, name text);
create table product (id bigint primary key, title text not null, unit_price numeric(10,2), weight numeric(8,3));
create table sales_order (id bigint primary key, customer_id bigint not null, ordered_at timestamp not null,
 required_date date, deleted_at timestamp, updated_at timestamp, total_amount numeric(12,2),
 exchange_rate numeric(12,6));
create table order_line (id bigint primary key, sales_order_id bigint not null, product_id bigint not null,
 quantity integer not null, line_amount numeric(12,2), discount_percent numeric(5,2), line_number integer);
create table payment (id bigint primary key, sales_order_id bigint not null, paid_at timestamp not null,
 amount numeric(12,2) not null, description text);
create table product_supplier (product_id bigint, supplier_id bigint, primary key (product_id, supplier_id));
create table product_review (id bigint primary key, product_id bigint not null, customer_id bigint,
 score integer, reviewed_on date not null, title text);
alter table sales_order add foreign key (customer_id) references customer (id);
alter table order_line add foreign key (sales_order_id) references sales_order (id);
alter table order_line add foreign key (product_id) references product (id);
alter table payment add foreign key (sales_order_id) references sales_order (id);
alter table product_supplier add foreign key (product_id) references product (id);
alter table product_supplier add foreign key (supplier_id) references supplier (id);
alter table product_review add foreign key (product_id) references product (id);
alter table product_review add foreign key (customer_id) references customer (id);
"""
Meaning = dict[str, tuple[str, set[str], set[str]]]
MEANING: Meaning = {  # table -> what it is, what is summed, what it refers to
    "customer": ("dimension", set(), set()),
    "supplier": ("dimension", set(), set()),
    "product": ("dimension", set(), set()),
    "salesorder": ("fact", {"totalamount"}, {"customer"}),
    "orderline": ("fact", {"quantity", "lineamount"}, {"product"}),
    "payment": ("fact", {"amount"}, set()),
    "productsupplier": ("bridge", set(), {"product", "supplier"}),
    "productreview": ("fact", set(), {"product", "customer"}),
}
_SQL = "create table primary key not null alter add foreign references text integer bigint numeric timestamp date"
_NAME = re.compile(rf"\b(?!(?:{_SQL.replace(' ', '|')})\b)[a-z][a-z_]*\b")


def spelled(how: Callable[[str], str]) -> str:
    return _NAME.sub(lambda found: f'"{how(found[0])}"', SHOP)


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def pascal(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


def pascal_with_ids(name: str) -> str:
    return re.sub("Id$", "ID", pascal(name))


@pytest.mark.parametrize("how", [str.lower, str.upper, camel, pascal, pascal_with_ids], ids=lambda how: how.__name__)
def test_names_may_be_spelled_in_any_style(how: Callable[[str], str]) -> None:
    assert meaning(spelled(how)) == MEANING


@pytest.mark.parametrize("prefix", ["tbl_", "t_", "shop_", "app_"])
def test_all_tables_may_share_a_prefix(prefix: str) -> None:
    tables = "|".join(re.findall(r"create table (\w+)", SHOP))
    found = meaning(re.sub(rf"(table|references) ({tables})\b", rf"\1 {prefix}\2", SHOP))
    start = prefix.replace("_", "")
    named = {
        name.removeprefix(start): (kind, added, {one.removeprefix(start) for one in to})
        for name, (kind, added, to) in found.items()
    }
    assert named == MEANING


@pytest.mark.parametrize("seed", range(4))
def test_order_says_nothing(seed: int) -> None:
    chance = random.Random(seed)
    statements = SHOP.strip().split(";\n")
    tables = [_shuffled(text.rstrip(";"), chance) for text in statements if text.startswith("create")]
    links = [text.rstrip(";") for text in statements if text.startswith("alter")]
    chance.shuffle(tables)
    chance.shuffle(links)
    text = ";\n".join([*tables, *links])
    assert meaning(text) == MEANING
    assert named_columns(text) == named_columns(SHOP)


def _shuffled(table: str, chance: random.Random) -> str:
    head, body = table.split("(", 1)
    columns = re.split(r",(?![^(]*\))\s*", body.rstrip().removesuffix(")"))
    chance.shuffle(columns)
    return f"{head}({', '.join(columns)})"


def meaning(sql: str) -> Meaning:
    """What the derived models say of each table, names without case and underscores."""
    erd, models = _derived(sql)
    tables = {one.name: plain(one.table) for one in erd.entities}
    specs = {spec.name: spec for spec in models}
    found = {}
    for spec in models:
        if spec.star and spec.star.entity:
            met = (specs[model].star for model, _ in spec.star.dimensions)
            to = {tables[star.entity] for star in met if star and star.entity}
            own = {to_table for to_table in to if to_table in _parents(erd, spec.star.entity)}
            found[tables[spec.star.entity]] = (spec.star.kind.split()[-1], plains(spec.star.measures), own)
    return found


def named_columns(sql: str) -> dict[str, set[str]]:
    """Model -> the columns that were made for it."""
    return {spec.name: {column.name for column in spec.columns} for spec in _derived(sql)[1]}


def _derived(sql: str) -> tuple[Erd, tuple[ModelSpec, ...]]:
    erd = read_spec(drafted(sql.encode(), "shop.sql")[1].encode(), "shop.yml")
    star = star_of(erd)
    assert star is not None
    return erd, star.specs


def _parents(erd: Erd, entity: str) -> set[str]:
    tables = {one.name: plain(one.table) for one in erd.entities}
    return {tables[link.right] for link in erd.links if link.left == entity}


def plain(name: str) -> str:
    return name.lower().replace("_", "")


def plains(names: Iterable[str]) -> set[str]:
    return {plain(name) for name in names}
