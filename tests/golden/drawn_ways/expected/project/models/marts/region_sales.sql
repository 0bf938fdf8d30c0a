-- Grain: one row per region (id), as in regions (primary key, tested).
-- Safe joins: orders is aggregated to id first.
--   orders on id = customers.region_id (orders }o--|| customers, customers
--     }o--|| regions)
--   customers on customer_id = id (orders }o--|| customers)
--   orders on id = stores.region_id (orders }o--|| stores, stores }o--||
--     regions)
--   stores on store_id = id (orders }o--|| stores)
with

regions as (

    select * from {{ ref('stg_regions') }}

),

customers as (

    select * from {{ ref('stg_customers') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

orders_by_id_as_customers as (

    select
        customers.region_id as id,
        sum(orders.amount) as by_customer

    from orders

    left join customers
        on orders.customer_id = customers.id

    group by 1

),

orders_by_id_as_stores as (

    select
        stores.region_id as id,
        sum(orders.amount) as by_store

    from orders

    left join stores
        on orders.store_id = stores.id

    group by 1

),

final as (

    select
        regions.id,
        coalesce(
            orders_by_id_as_customers.by_customer, 0
        )::numeric(38, 2) as by_customer,
        coalesce(
            orders_by_id_as_stores.by_store, 0
        )::numeric(38, 2) as by_store

    from regions

    left join orders_by_id_as_customers
        on regions.id = orders_by_id_as_customers.id

    left join orders_by_id_as_stores
        on regions.id = orders_by_id_as_stores.id

)

select * from final
