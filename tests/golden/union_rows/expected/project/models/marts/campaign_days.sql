-- Grain: one row per campaign and day, from the distinct values of spends and
-- clicks.
-- Safe joins: spends and clicks are aggregated to campaign and day first.
with

spends as (

    select * from {{ ref('stg_spends') }}

),

clicks as (

    select * from {{ ref('stg_clicks') }}

),

grain_values as (

    select
        campaign,
        day

    from spends

    union distinct

    select
        campaign_name as campaign,
        day

    from clicks

),

spends_by_campaign_day as (

    select
        campaign,
        day,
        sum(spend) as spend

    from spends

    group by 1, 2

),

clicks_by_campaign_day as (

    select
        campaign_name as campaign,
        day,
        count(click_id) as clicks

    from clicks

    group by 1, 2

),

joined as (

    select
        grain_values.campaign,
        grain_values.day,
        coalesce(spends_by_campaign_day.spend, 0)::numeric(38, 2) as spend,
        coalesce(clicks_by_campaign_day.clicks, 0) as clicks

    from grain_values

    left join spends_by_campaign_day
        on
            grain_values.campaign = spends_by_campaign_day.campaign
            and grain_values.day = spends_by_campaign_day.day

    left join clicks_by_campaign_day
        on
            grain_values.campaign = clicks_by_campaign_day.campaign
            and grain_values.day = clicks_by_campaign_day.day

),

final as (

    select
        campaign,
        day,
        spend,
        clicks,
        spend::double precision / nullif(clicks, 0) as cost_per_click

    from joined

)

select * from final
