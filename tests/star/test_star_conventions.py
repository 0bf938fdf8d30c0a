"""What derived models are called, where they stand, and what they leave out: by default, and as a spec says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from erd2dbt.diagram.erd import Attribute
from erd2dbt.faults.diagnostics import Span
from erd2dbt.pipelines import generation
from erd2dbt.pipelines.drafting import drafted
from erd2dbt.star.audit_columns import is_deletion
from erd2dbt.star.words import is_upkeep

HERE = Path(__file__).parent
TWO = (HERE / "stars" / "two_sources" / "spec.yml").read_text(encoding="utf-8")
SAME_NAMES = HERE.parent / "draft" / "cases" / "tables_of_one_name" / "input.sql"
SPAN = Span("spec.yml", 1, 1)
SHOP = """
version: 1
project: shop
sources: {shop: {}}
entities:
  app_orders: {key: id, columns: {id: int, shop_id: int, ordered_at: date, amount: int, deleted: boolean}}
  app_order_lines: {key: id, columns: {id: int, order_id: int, amount: int}}
  raw_shops: {key: id, columns: {id: int, name: text, updated_at: timestamp, deleted_at: timestamp, deleted_by: text}}
  shops: {key: id, columns: {id: int, name: text}}
links:
  app_orders }o--|| raw_shops: shop_id = id
  app_order_lines }o--|| app_orders: order_id = id
"""


def models(settings: str, spec: str = SHOP) -> set[str]:
    generated = generation.generate((spec + settings).encode(), "spec.yml")
    return {plan.relation.model for plan in generated.planned.own}


def paths(settings: str, spec: str) -> list[str]:
    files = generation.generate((spec + settings).encode(), "spec.yml").files
    return [path.removeprefix("models/") for path in files if path.startswith(("models/int", "models/marts"))]


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ("",
         {"fct_app_orders", "fct_app_order_lines", "dim_raw_shops", "dim_shops", "dim_dates",
          "int_app_order_lines_by_app_order", "stg_app_orders", "stg_app_order_lines", "stg_raw_shops", "stg_shops"}),
        ("naming: {strip: app_, number: singular, fact: 'f_{source}_{entity}'}",
         {"f_shop_order", "f_shop_order_line", "dim_raw_shop", "dim_shop", "dim_date", "int_order_line_by_order",
          "stg_orders", "stg_order_lines", "stg_raw_shops", "stg_shops"}),
        ("naming: {strip: [app_, raw_], dimension: '{entity}_d', number: as_drawn}",
         {"fct_orders", "fct_order_lines", "raw_shops_d", "shops_d", "dates_d", "int_order_lines_by_order",
          "stg_orders", "stg_order_lines", "stg_raw_shops", "stg_shops"}),
    ],
)  # fmt: skip
def test_names(settings: str, names: set[str]) -> None:
    """`raw_shops` keeps its prefix: without it, it would be another's."""
    assert models(settings) == names


def test_a_name_that_is_taken_gets_a_number() -> None:
    """Here by a staging model."""
    assert models("naming: {staging: 'dim_{entity}'}") >= {
        "dim_shops",
        "dim_shops_2",
        "dim_raw_shops",
        "dim_raw_shops_2",
    }


def test_tables_of_one_name_in_several_sources() -> None:
    """No name says its source twice, and each is of one thing."""
    text = drafted(SAME_NAMES.read_bytes(), SAME_NAMES.name)[1]
    assert models("", text) == {
        "stg_shop__orders", "stg_shop__customers", "stg_crm__orders", "stg_crm__customers", "stg_crm__visits",
        "stg_public__visits", "fct_shop_orders", "fct_crm_orders", "fct_crm_visits", "dim_shop_customers",
        "dim_crm_customers", "dim_visits", "dim_dates",
    }  # fmt: skip
    assert models("naming: {dimension: 'dim_{source}__{entity}'}", text) >= {"dim_crm__customers", "dim_public__visits"}


GROUPS = TWO.replace("layout: {marts: group}\n", "")


@pytest.mark.parametrize(
    ("layout", "some"),
    [
        ("", ["intermediate/_int__models.yml", "marts/_marts__models.yml", "marts/fact_crm_order.sql"]),
        ("layout: {marts: group}", [
            "intermediate/sales/_int_sales__models.yml", "intermediate/sales/int_order_line_by_shop_order.sql",
            "marts/_marts__models.yml", "marts/d_date.sql", "marts/people/_marts_people__models.yml",
            "marts/people/bridge_tagging.sql", "marts/people/d_tag.sql", "marts/sales/fact_crm_order.sql"]),
        ("layout: {marts: source, intermediate: flat, properties: model}", [
            "intermediate/_int_order_line_by_shop_order.yml", "marts/crm/_d_tag.yml", "marts/crm/fact_crm_order.sql",
            "marts/shop/d_shop_customer.sql", "marts/_d_date.yml"]),
    ],
)  # fmt: skip
def test_folders(layout: str, some: list[str]) -> None:
    found = paths(layout, GROUPS)
    assert set(some) <= set(found)
    assert len({path.count("/") for path in found}) == (2 if "marts:" in layout else 1)


def test_sources_are_groups_where_nobody_says_groups() -> None:
    plain = "".join(line for line in GROUPS.splitlines(keepends=True) if "group: " not in line or "{" in line)
    plain = plain.replace("group: people, ", "")
    assert "marts/crm/_marts_crm__models.yml" in paths("layout: {marts: group}", plain)


def test_a_group_is_a_tag_of_what_is_made_of_it() -> None:
    files = generation.generate(TWO.encode(), "spec.yml").files
    assert files["models/marts/sales/_marts_sales__models.yml"].count("tags: [sales]") == 3
    assert files["models/staging/crm/_stg_crm__models.yml"].count("tags: [people]") == 3
    assert "tags:" not in files["models/marts/_marts__models.yml"]


def test_models_of_people_stand_with_their_rows() -> None:
    """A model's own word goes before; rows of two groups have no folder."""
    own = """models:
  revenue: {grain: id, rows: shop_orders, keep: [amount]}
  totals: {grain: id, rows: revenue, keep: [amount]}
  tagged: {grain: id, rows: tags, group: Labels}
  ids: {grain: id, rows: [shop_orders, tags]}
"""
    found = paths("layout: {marts: group}\n" + own, GROUPS)
    assert [path for path in found if path.endswith(".sql")] == [
        "marts/sales/revenue.sql", "marts/sales/totals.sql", "marts/labels/tagged.sql", "marts/ids.sql"]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ("", ["name", "deleted_at"]),
        ("star: {audit: keep}\n", ["name", "updated_at", "deleted_at", "deleted_by"]),
        ("star: {deleted: leave_out}\n", ["name"]),
    ],
)
def test_what_a_dimension_shows(settings: str, shown: list[str]) -> None:
    generated = generation.generate((SHOP + settings).encode(), "spec.yml")
    sql = generated.files["models/marts/dim_raw_shops.sql"]
    (plan,) = (plan for plan in generated.planned.own if plan.relation.model == "dim_raw_shops")
    assert [name for name in plan.relation.fields if name != "id"] == shown
    assert ("where deleted_at is null" in sql) == ("leave_out" in settings)


def test_columns_of_upkeep_as_an_entity_says() -> None:
    said = SHOP.replace("  raw_shops: {key: id,", "  raw_shops: {key: id, audit: [], deleted: name,")
    generated = generation.generate((said + "star: {deleted: leave_out}").encode(), "spec.yml")
    (plan,) = (plan for plan in generated.planned.own if plan.relation.model == "dim_raw_shops")
    assert list(plan.relation.fields) == ["id", "updated_at", "deleted_at", "deleted_by"]
    assert "where name is null" in generated.files["models/marts/dim_raw_shops.sql"]


def column(name: str, type_: str = "timestamp") -> Attribute:
    return Attribute(name=name, span=SPAN, type=type_)


def test_columns_of_upkeep_by_their_names() -> None:
    upkeep = (
        "updated_at updated_on updated_by last_update last_updated last_modified_date modified_date modifieddate "
        "date_updated changed_at row_updated_at created_by created_by_id deleted_by rowguid row_version rowversion "
        "etl_batch_id dw_inserted_at dbt_valid_from loaded_at synced_at _fivetran_synced _airbyte_extracted_at _sdc_seq"
    )
    others = (
        "created_at ordered_at amount__c password_changed_at price_changed_at updated_price status_updated loaded "
        "approved_by salesperson_id update_count batch_id load_date version"
    )
    assert [name for name in upkeep.split() if not is_upkeep(column(name))] == []
    assert [name for name in others.split() if is_upkeep(column(name))] == []


def test_marks_of_deleted_rows() -> None:
    marks = [
        column(name) for name in ("deleted_at", "deleted_on", "date_deleted", "soft_deleted_at", "_sdc_deleted_at")
    ]
    marks += [column(name, "boolean") for name in ("deleted", "is_deleted", "was_deleted", "_fivetran_deleted")]
    marks += [column("is_deleted", "smallint"), column("deleted_flag", "int")]
    others = [
        column("deleted", "int"),
        column("deleted_by", "text"),
        column("deleted_rows", "int"),
        column("created_at"),
    ]
    assert [mark.name for mark in marks if not is_deletion(mark)] == []
    assert [other.name for other in others if is_deletion(other)] == []


PARENTS = """
version: 1
project: shop
sources: {shop: {}}
entities:
  orders: {key: id, columns: {id: int, shop: int, gone_at: timestamp, is_gone: boolean}}
  invoices: {key: id, columns: {id: int, order_id: {type: int, not_null: true, unique: true}, total: int}}
links:
  invoices |o--|| orders: order_id = id
models:
  of_shops: {grain: shop, rows: orders, where: "%s", columns: {invoices: count(invoices.id)}}
  of_orders: {grain: order_id, rows: invoices, columns: {total: sum(invoices.total)}}
"""


@pytest.mark.parametrize(
    ("where", "is_tested"),
    [
        ("gone_at is null", True),
        ("is_gone is not true", True),
        ("shop is not null and coalesce(is_gone, false) = false", True),
        ("shop is null", False),
        ("is_gone", True),
    ],
)
def test_made_up_rows_live_and_repeat_no_key(where: str, is_tested: bool) -> None:
    """A unit test has rows that pass the filter, and no two that the claims forbid."""
    files = generation.generate((PARENTS % where).encode(), "spec.yml").files
    tests = files["models/marts/_marts__models.yml"].partition("unit_tests:")[2]
    assert ("name: of_shops_keeps_its_grain" in tests) == is_tested
    alone = tests[tests.index("name: of_orders_keeps_its_grain") :]
    assert alone.partition("expect:")[0].count("order_id: 1") == 1


ALONE = """
version: 1
project: depot
sources: {raw: {}}
entities:
  articles: {key: article_id, columns: {article_id: int, name: text}}
  deliveries: {key: delivery_id, columns: {delivery_id: int, SECOND, created_at: timestamp, postage: "numeric(8,2)"}}
  items: {key: [delivery_id, item_no], columns: {delivery_id: int, item_no: int, article_id: int, pieces: int}}
links:
  items }o--|| deliveries: delivery_id
  items }o--|| articles: article_id
"""


@pytest.mark.parametrize(("second", "model"), [("note: text", "fct_deliveries"), ("title: text", "dim_deliveries")])
def test_an_event_with_amounts_needs_no_reference_but_no_name_either(second: str, model: str) -> None:
    found = models("", ALONE.replace("SECOND", second))
    assert model in found
    assert ("dim_dates" in found) == model.startswith("fct")
