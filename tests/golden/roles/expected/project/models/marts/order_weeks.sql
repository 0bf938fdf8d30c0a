-- Grain: one row per order (order_id), as in orders (primary key, tested).
-- Safe joins: dates is many-to-one (primary key, tested).
--   dates on order_date = date (orders }o--o| dates (ordered))
--   dates on ship_date = date (orders }o--o| dates (shipped))
with

orders as (

    select * from {{ ref('stg_orders') }}

),

dates as (

    select * from {{ ref('stg_dates') }}

),

final as (

    select
        orders.order_id,
        orders.amount,
        ordered.week as ordered_week,
        shipped.week as shipped_week,
        shipped.week - ordered.week as weeks_open

    from orders

    left join dates as ordered
        on orders.order_date = ordered.date

    left join dates as shipped
        on orders.ship_date = shipped.date

)

select * from final
