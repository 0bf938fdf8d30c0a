-- Grain: one row per campaign (campaign_id), aggregated from campaigns_daily.
-- Safe joins: sessions and conversions are aggregated to campaign_id first.
--   sessions on campaign_id (sessions }o--|{ campaigns_daily)
--   conversions on campaign_id = attributed_campaign_id (conversions }o--|{
--     campaigns_daily)
with

campaigns_daily as (

    select * from {{ ref('stg_campaigns_daily') }}

),

sessions as (

    select * from {{ ref('stg_sessions') }}

),

conversions as (

    select * from {{ ref('stg_conversions') }}

),

campaigns_daily_by_campaign as (

    select
        campaign_id,
        sum(impressions) as total_impressions,
        sum(clicks) as total_clicks

    from campaigns_daily

    group by 1

),

sessions_by_campaign as (

    select
        campaign_id,
        count(distinct session_id) as total_sessions

    from sessions

    group by 1

),

conversions_by_campaign as (

    select
        attributed_campaign_id as campaign_id,
        count(distinct conversion_id) as total_conversions,
        sum(conversion_value) as total_revenue

    from conversions

    group by 1

),

final as (

    select
        campaigns_daily_by_campaign.campaign_id,
        coalesce(
            campaigns_daily_by_campaign.total_impressions, 0
        )::bigint as total_impressions,
        coalesce(
            campaigns_daily_by_campaign.total_clicks, 0
        )::bigint as total_clicks,
        coalesce(sessions_by_campaign.total_sessions, 0) as total_sessions,
        coalesce(
            conversions_by_campaign.total_conversions, 0
        ) as total_conversions,
        coalesce(
            conversions_by_campaign.total_revenue, 0
        )::numeric(38, 2) as total_revenue

    from campaigns_daily_by_campaign

    left join sessions_by_campaign
        on
            campaigns_daily_by_campaign.campaign_id
            = sessions_by_campaign.campaign_id

    left join conversions_by_campaign
        on
            campaigns_daily_by_campaign.campaign_id
            = conversions_by_campaign.campaign_id

)

select * from final
