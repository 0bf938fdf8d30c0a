-- Grain: one row per user (user_id), aggregated from conversions.
with

conversions as (

    select * from {{ ref('stg_conversions') }}

),

final as (

    select
        user_id,
        coalesce(sum(conversion_value), 0)::numeric(38, 2) as total_revenue,
        count(distinct conversion_id) as total_orders,
        min(date) as first_purchase_date,
        max(date) as last_purchase_date

    from conversions

    group by 1

)

select * from final
