-- One row per order_id and line.
-- Why: (order_id, line) is the grain of order_items; prices has at most one row
-- per (product_id, price_region); products has at most one row per
-- (product_id). The row count rests on the key of order_items, prices and
-- products, which is tested.
-- Joins prices on product_id, region = price_region (order_items }o--||
-- prices).
-- Joins products on product_id (prices }o--|| products).
with

order_items as (

    select * from {{ ref('stg_order_items') }}

),

prices as (

    select * from {{ ref('stg_prices') }}

),

products as (

    select * from {{ ref('stg_products') }}

),

final as (

    select
        order_items.order_id,
        order_items.line,
        order_items.quantity,
        prices.price as unit_price,
        products.name as product_name,
        (order_items.quantity * prices.price)::numeric(38, 2) as amount

    from order_items

    left join prices
        on
            order_items.product_id = prices.product_id
            and order_items.region = prices.price_region

    left join products
        on order_items.product_id = products.product_id

)

select * from final
