-- Grain: one row per shop, proved from the SQL below.
with sales as (
    select * from {{ ref('stg_sales') }}
),

final as (
    select shop, sum(amount) as amount from sales group by shop
)

select * from final
