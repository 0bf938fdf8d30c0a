-- Grain: one row per campaign and date (campaign_id, date), as in
-- campaigns_daily (primary key, tested).
-- Safe joins: sessions and conversions are aggregated to campaign_id and date
-- first.
--   sessions on campaign_id, date (sessions }o--|{ campaigns_daily; by
--     `match:` in the spec)
--   conversions on campaign_id = attributed_campaign_id, date (conversions
--     }o--|{ campaigns_daily; by `match:` in the spec)
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

sessions_by_campaign_date as (

    select
        campaign_id,
        date,
        count(distinct session_id) as total_sessions,
        count(distinct user_id) as unique_users,
        avg(session_duration_sec) as avg_session_duration,
        avg(pages_viewed) as avg_pages_per_session,
        count(session_id) filter (
            where engagement_level = 'engaged'
        ) as engaged_sessions,
        count(session_id) filter (
            where device_type = 'mobile'
        ) as mobile_sessions,
        count(session_id) filter (
            where device_type = 'desktop'
        ) as desktop_sessions

    from sessions

    group by 1, 2

),

conversions_by_campaign_date as (

    select
        attributed_campaign_id as campaign_id,
        date,
        count(distinct conversion_id) as total_conversions,
        count(distinct user_id) as converting_users,
        sum(conversion_value) as total_revenue,
        avg(conversion_value) as avg_order_value

    from conversions

    group by 1, 2

),

joined as (

    select
        campaigns_daily.campaign_id,
        campaigns_daily.date,
        campaigns_daily.campaign_name,
        campaigns_daily.channel,
        campaigns_daily.status,
        campaigns_daily.daily_budget,
        campaigns_daily.spend,
        campaigns_daily.impressions,
        campaigns_daily.clicks,
        campaigns_daily.ctr,
        campaigns_daily.cpc,
        coalesce(sessions_by_campaign_date.total_sessions, 0) as total_sessions,
        coalesce(sessions_by_campaign_date.unique_users, 0) as unique_users,
        coalesce(
            sessions_by_campaign_date.avg_session_duration, 0
        )::numeric(38, 16) as avg_session_duration,
        coalesce(
            sessions_by_campaign_date.avg_pages_per_session, 0
        )::numeric(38, 16) as avg_pages_per_session,
        coalesce(
            sessions_by_campaign_date.engaged_sessions, 0
        ) as engaged_sessions,
        coalesce(
            sessions_by_campaign_date.mobile_sessions, 0
        ) as mobile_sessions,
        coalesce(
            sessions_by_campaign_date.desktop_sessions, 0
        ) as desktop_sessions,
        coalesce(
            conversions_by_campaign_date.total_conversions, 0
        ) as total_conversions,
        coalesce(
            conversions_by_campaign_date.converting_users, 0
        ) as converting_users,
        coalesce(
            conversions_by_campaign_date.total_revenue, 0
        )::numeric(38, 2) as total_revenue,
        coalesce(
            conversions_by_campaign_date.avg_order_value, 0
        )::numeric(38, 16) as avg_order_value

    from campaigns_daily

    left join sessions_by_campaign_date
        on
            campaigns_daily.campaign_id = sessions_by_campaign_date.campaign_id
            and campaigns_daily.date = sessions_by_campaign_date.date

    left join conversions_by_campaign_date
        on
            campaigns_daily.campaign_id
            = conversions_by_campaign_date.campaign_id
            and campaigns_daily.date = conversions_by_campaign_date.date

),

final as (

    select
        campaign_id,
        date,
        campaign_name,
        channel,
        status,
        daily_budget,
        spend,
        impressions,
        clicks,
        ctr,
        cpc,
        total_sessions,
        unique_users,
        avg_session_duration,
        avg_pages_per_session,
        engaged_sessions,
        mobile_sessions,
        desktop_sessions,
        total_conversions,
        converting_users,
        total_revenue,
        avg_order_value,
        coalesce(
            total_conversions::double precision / nullif(total_sessions, 0), 0
        ) as conversion_rate,
        coalesce(total_revenue::double precision / nullif(spend, 0), 0) as roas,
        coalesce(
            spend::double precision / nullif(total_conversions, 0), 0
        ) as cost_per_conversion,
        coalesce(
            total_sessions::double precision / nullif(clicks, 0), 0
        ) as click_to_session_rate

    from joined

)

select * from final
