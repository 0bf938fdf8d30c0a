-- Grain: one row per order and line (order_id, line), as in order_items
-- (primary key, tested).
-- Safe joins: prices and products are many-to-one (primary key, tested).
--   prices on product_id, region = price_region (order_items }o--|| prices)
--   products on product_id (prices }o--|| products)
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
