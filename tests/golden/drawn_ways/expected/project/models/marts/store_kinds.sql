-- Grain: one row per kind, aggregated from orders.
--   stores on store_id = id (orders }o--|| stores)
with

orders as (

    select * from {{ ref('stg_orders') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

final as (

    select
        stores.kind,
        coalesce(sum(orders.amount), 0)::numeric(38, 2) as amount

    from orders

    left join stores
        on orders.store_id = stores.id

    group by 1

)

select * from final
