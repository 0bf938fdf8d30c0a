-- One row per order_id.
-- Why: (order_id) is the grain of orders; dates has at most one row per (date).
-- The row count rests on the key of dates and orders, which is tested.
-- Joins dates on order_date = date (orders }o--o| dates (ordered)).
-- Joins dates on ship_date = date (orders }o--o| dates (shipped)).
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
