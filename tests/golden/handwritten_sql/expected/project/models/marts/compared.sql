-- Grain: one row per shop, as in shop_sales.
-- Safe joins: latest_sales and shop_sales are aggregated to shop first.
with

shop_sales as (

    select * from {{ ref('shop_sales') }}

),

latest_sales as (

    select * from {{ ref('latest_sales') }}

),

latest_sales_by_shop as (

    select
        shop,
        max(sale_id) as latest

    from latest_sales

    group by 1

),

shop_sales_by_shop as (

    select
        shop,
        max(amount) as amount

    from shop_sales

    group by 1

),

final as (

    select
        shop_sales.shop,
        latest_sales_by_shop.latest,
        shop_sales_by_shop.amount::numeric(38, 2) as amount

    from shop_sales

    left join latest_sales_by_shop
        on shop_sales.shop = latest_sales_by_shop.shop

    left join shop_sales_by_shop
        on shop_sales.shop = shop_sales_by_shop.shop

)

select * from final
