-- One row per shop.
-- Why: from sales; group by shop; so (shop) is unique.
with sales as (
    select * from {{ ref('stg_sales') }}
),

final as (
    select shop, sum(amount) as amount from sales group by shop
)

select * from final
