-- Grain: one row per campaign (campaign_id), as in int_campaign_funnel.
-- Safe joins: campaigns_daily is aggregated to campaign_id first.
with

int_campaign_funnel as (

    select * from {{ ref('int_campaign_funnel') }}

),

campaigns_daily as (

    select * from {{ ref('stg_campaigns_daily') }}

),

campaigns_daily_by_campaign as (

    select
        campaign_id,
        min(campaign_name) as campaign_name,
        min(channel) as channel

    from campaigns_daily

    group by 1

),

final as (

    select
        int_campaign_funnel.campaign_id,
        int_campaign_funnel.total_impressions,
        int_campaign_funnel.total_clicks,
        int_campaign_funnel.total_sessions,
        int_campaign_funnel.total_conversions,
        int_campaign_funnel.total_revenue,
        campaigns_daily_by_campaign.campaign_name,
        campaigns_daily_by_campaign.channel,
        coalesce(
            int_campaign_funnel.total_clicks::double precision
            / nullif(int_campaign_funnel.total_impressions, 0),
            0
        ) as impression_to_click_rate,
        coalesce(
            int_campaign_funnel.total_sessions::double precision
            / nullif(int_campaign_funnel.total_clicks, 0),
            0
        ) as click_to_session_rate,
        coalesce(
            int_campaign_funnel.total_conversions::double precision
            / nullif(int_campaign_funnel.total_sessions, 0),
            0
        ) as session_to_conversion_rate,
        coalesce(
            int_campaign_funnel.total_conversions::double precision
            / nullif(int_campaign_funnel.total_impressions, 0),
            0
        ) as efficiency_score

    from int_campaign_funnel

    left join campaigns_daily_by_campaign
        on
            int_campaign_funnel.campaign_id
            = campaigns_daily_by_campaign.campaign_id

)

select * from final
