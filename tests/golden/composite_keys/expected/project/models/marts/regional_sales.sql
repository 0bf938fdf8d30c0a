-- Grain: one row per product and price_region (product_id, price_region), as in
-- prices (primary key, tested).
-- Safe joins: order_items is aggregated to product_id and price_region first.
--   order_items on product_id, price_region = region (order_items }o--||
--     prices)
with

prices as (

    select * from {{ ref('stg_prices') }}

),

order_items as (

    select * from {{ ref('stg_order_items') }}

),

order_items_by_product_price_region as (

    select
        product_id,
        region as price_region,
        sum(quantity) as units,
        count(distinct order_id) as orders

    from order_items

    group by 1, 2

),

final as (

    select
        prices.product_id,
        prices.price_region,
        prices.price,
        coalesce(order_items_by_product_price_region.units, 0) as units,
        coalesce(order_items_by_product_price_region.orders, 0) as orders

    from prices

    left join order_items_by_product_price_region
        on
            prices.product_id = order_items_by_product_price_region.product_id
            and prices.price_region
                = order_items_by_product_price_region.price_region

)

select * from final
