-- Grain: one row per order (order_id), aggregated from order_items.
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
        count(*) as items,
        coalesce(
            sum(order_items.quantity * prices.price), 0
        )::numeric(38, 2) as revenue,
        count(distinct products.category) as categories

    from order_items

    left join prices
        on
            order_items.product_id = prices.product_id
            and order_items.region = prices.price_region

    left join products
        on order_items.product_id = products.product_id

    group by 1

)

select * from final
