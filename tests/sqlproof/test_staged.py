"""A staging model that lists columns; what could give more or fewer rows is no such list."""

from __future__ import annotations

import pytest

from erd2dbt.sqlproof.staging_models import listed

SQL = """\
with

source as (

    select * from raw.orders

),

renamed as (

    select
        {items}

    from source

)

select * from renamed
"""


@pytest.mark.parametrize(
    ("items", "columns", "reads"),
    [
        ("id, note as remark", {"id": "id", "remark": "note"}, set()),
        ("id, at::date as day, price::numeric(12, 2)", {"id": "id", "day": "at", "price": "price"}, set()),
        ("id, price * amount as value", {"id": "id"}, {"price", "amount"}),
        ("id, coalesce(note, 'none, yet') as remark", {"id": "id"}, {"note"}),
        (
            "accurateCast(round(id), 'Nullable(Int64)') as id, cast(source.note as Nullable(String)) as remark",
            {"id": "id", "remark": "note"},
            set(),
        ),
        (
            "toNullable(source.id) as id, round((source.price + toDecimal256(0, 0)) * amount, 2) as value",
            {"id": "id"},
            {"price", "amount"},
        ),
        ("id, case when price > 1 then 'it''s' end as \"Kind\", lower(note) as low", {"id": "id"}, {"price", "note"}),
    ],
)
def test_lists_of_columns(items: str, columns: dict[str, str], reads: set[str]) -> None:
    found = listed(SQL.format(items=items))
    assert found is not None
    assert (found.columns, found.reads, found.computes) == (columns, reads, bool(reads))


@pytest.mark.parametrize(
    "items",
    [
        "id, sum(price) as total",
        "id, mode() as usual",
        "id, corr(price, amount) as alike",
        "id, generate_series(1, 2) as day",
        "id, unnest(list) as one",
        "id, (select 1) as one",
        "id, row_number() over () as place",
        "id, of_my_own(price) as value",
        "id, stddevPop(price) as spread",
        "id, elsewhere.price + 1 as value",
        "distinct id, price + 1 as value",
        "id, price + 1 as value from source, lateral (select 1) as more",
        "id, price + 1 as value union all select 1, 2",
        "id, price + 1 as id",
        "id, price -- all of it\n + 1 as value",
    ],
)
def test_no_lists_of_columns(items: str) -> None:
    assert listed(SQL.format(items=items)) is None
