-- Grain: one row per date, as in dates (primary key, tested).
-- Safe joins: orders is aggregated to date first.
--   orders on date = ship_date (orders }o--o| dates (shipped))
--   orders on date = order_date (orders }o--o| dates (ordered))
with

dates as (

    select * from {{ ref('stg_dates') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

),

orders_by_date_as_shipped as (

    select
        ship_date as date,
        count(order_id) as shipped_orders,
        sum(amount) as shipped_amount

    from orders

    group by 1

),

orders_by_date_as_ordered as (

    select
        order_date as date,
        count(order_id) as ordered_orders

    from orders

    group by 1

),

final as (

    select
        dates.date,
        coalesce(orders_by_date_as_shipped.shipped_orders, 0) as shipped_orders,
        coalesce(
            orders_by_date_as_shipped.shipped_amount, 0
        )::numeric(38, 2) as shipped_amount,
        coalesce(orders_by_date_as_ordered.ordered_orders, 0) as ordered_orders

    from dates

    left join orders_by_date_as_shipped
        on dates.date = orders_by_date_as_shipped.date

    left join orders_by_date_as_ordered
        on dates.date = orders_by_date_as_ordered.date

)

select * from final
