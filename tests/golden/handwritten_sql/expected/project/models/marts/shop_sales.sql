-- One row per shop.
-- Why: the SQL ends in a group by shop.
with sales as (
    select * from {{ ref('stg_sales') }}
),

final as (
    select shop, sum(amount) as amount from sales group by shop
)

select * from final
