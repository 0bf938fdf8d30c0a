-- Grain: one row per User and select, aggregated from orders.
with

orders as (

    select * from {{ ref('stg_orders') }}

),

final as (

    select
        "User",
        "select",
        count("order") as orders

    from orders

    group by 1, 2

)

select * from final
