-- Grain: one row per order (id), as in orders (primary key, tested).
-- Safe joins: customers, regions and stores are many-to-one (primary key,
-- tested).
--   customers on customer_id = id (orders }o--|| customers)
--   regions on customers.region_id = id (customers }o--|| regions)
--   stores on store_id = id (orders }o--|| stores)
--   regions on stores.region_id = id (stores }o--|| regions)
with

orders as (

    select * from {{ ref('stg_orders') }}

),

customers as (

    select * from {{ ref('stg_customers') }}

),

regions as (

    select * from {{ ref('stg_regions') }}

),

stores as (

    select * from {{ ref('stg_stores') }}

),

final as (

    select
        orders.id,
        orders.amount,
        regions.name as customer_region,
        regions_2.name as store_region

    from orders

    left join customers
        on orders.customer_id = customers.id

    left join regions
        on customers.region_id = regions.id

    left join stores
        on orders.store_id = stores.id

    left join regions as regions_2
        on stores.region_id = regions_2.id

)

select * from final
