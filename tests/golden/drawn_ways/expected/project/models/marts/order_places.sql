-- One row per id.
-- Why: (id) is the grain of orders; customers has at most one row per (id);
-- regions has at most one row per (id); stores has at most one row per (id).
-- The row count rests on the key of customers, orders, regions and stores,
-- which is tested.
-- Joins customers on customer_id = id (orders }o--|| customers).
-- Joins regions on customers.region_id = id (customers }o--|| regions).
-- Joins stores on store_id = id (orders }o--|| stores).
-- Joins regions on stores.region_id = id (stores }o--|| regions).
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
