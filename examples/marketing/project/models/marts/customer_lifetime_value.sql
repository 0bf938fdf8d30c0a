-- Grain: one row per user (user_id), as in int_customer_lifetime_value.
-- Safe joins: attribution_touchpoints is reduced to one row per user_id first
-- (by `match:` in the spec).
with

int_customer_lifetime_value as (

    select * from {{ ref('int_customer_lifetime_value') }}

),

attribution_touchpoints as (

    select * from {{ ref('stg_attribution_touchpoints') }}

),

ranked_attribution_touchpoints as (

    select
        user_id,
        channel as acquisition_channel,
        row_number() over (
            partition by user_id
            order by timestamp, touchpoint_id
        ) as row_rank

    from attribution_touchpoints

    where touchpoint_position = 1

),

first_attribution_touchpoints as (

    select
        user_id,
        acquisition_channel

    from ranked_attribution_touchpoints

    where row_rank = 1

),

final as (

    select
        int_customer_lifetime_value.user_id,
        int_customer_lifetime_value.total_revenue,
        int_customer_lifetime_value.total_orders,
        int_customer_lifetime_value.first_purchase_date,
        int_customer_lifetime_value.last_purchase_date,
        coalesce(
            first_attribution_touchpoints.acquisition_channel, 'unknown'
        ) as acquisition_channel,
        case
            when int_customer_lifetime_value.total_revenue >= 500 then 'high'
            when int_customer_lifetime_value.total_revenue >= 100 then 'medium'
            when int_customer_lifetime_value.total_revenue is not null
                then 'low'
        end as ltv_tier

    from int_customer_lifetime_value

    left join first_attribution_touchpoints
        on
            int_customer_lifetime_value.user_id
            = first_attribution_touchpoints.user_id

)

select * from final
