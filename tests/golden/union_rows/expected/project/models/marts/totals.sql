-- Grain: one row per campaign, aggregated from campaign_days.
with

campaign_days as (

    select * from {{ ref('campaign_days') }}

),

final as (

    select
        campaign,
        count(*) as days,
        coalesce(sum(spend), 0)::numeric(38, 2) as spend,
        coalesce(sum(clicks), 0)::bigint as clicks

    from campaign_days

    group by 1

)

select * from final
