-- Grain: one row per date, aggregated from campaign_performance.
-- Safe joins: sessions and conversions are aggregated to date first (by
-- `match:` in the spec).
with

campaign_performance as (

    select * from {{ ref('campaign_performance') }}

),

sessions as (

    select * from {{ ref('stg_sessions') }}

),

conversions as (

    select * from {{ ref('stg_conversions') }}

),

campaign_performance_by_date as (

    select
        date,
        count(distinct campaign_id) as active_campaigns,
        count(distinct channel) as active_channels,
        sum(spend) as total_spend,
        sum(daily_budget) as total_budget,
        sum(impressions) as total_impressions,
        sum(clicks) as total_clicks,
        avg(ctr) as avg_ctr,
        avg(cpc) as avg_cpc,
        sum(total_sessions) as total_sessions,
        sum(total_conversions) as total_conversions,
        sum(total_revenue) as total_revenue

    from campaign_performance

    group by 1

),

sessions_by_date as (

    select
        date,
        count(distinct user_id) as total_users,
        avg(session_duration_sec) as avg_session_duration,
        avg(pages_viewed) as avg_pages_per_session

    from sessions

    group by 1

),

conversions_by_date as (

    select
        date,
        avg(conversion_value) as avg_order_value

    from conversions

    group by 1

),

joined as (

    select
        campaign_performance_by_date.date,
        campaign_performance_by_date.active_campaigns,
        campaign_performance_by_date.active_channels,
        campaign_performance_by_date.avg_ctr,
        campaign_performance_by_date.avg_cpc,
        sessions_by_date.avg_session_duration::numeric(38, 16)
            as avg_session_duration,
        sessions_by_date.avg_pages_per_session::numeric(38, 16)
            as avg_pages_per_session,
        conversions_by_date.avg_order_value::numeric(38, 16) as avg_order_value,
        coalesce(
            campaign_performance_by_date.total_spend, 0
        )::numeric(38, 2) as total_spend,
        coalesce(
            campaign_performance_by_date.total_budget, 0
        )::numeric(38, 2) as total_budget,
        coalesce(
            campaign_performance_by_date.total_impressions, 0
        )::bigint as total_impressions,
        coalesce(
            campaign_performance_by_date.total_clicks, 0
        )::bigint as total_clicks,
        coalesce(
            campaign_performance_by_date.total_sessions, 0
        )::bigint as total_sessions,
        coalesce(sessions_by_date.total_users, 0) as total_users,
        coalesce(
            campaign_performance_by_date.total_conversions, 0
        )::bigint as total_conversions,
        coalesce(
            campaign_performance_by_date.total_revenue, 0
        )::numeric(38, 2) as total_revenue

    from campaign_performance_by_date

    left join sessions_by_date
        on campaign_performance_by_date.date = sessions_by_date.date

    left join conversions_by_date
        on campaign_performance_by_date.date = conversions_by_date.date

),

final as (

    select
        date,
        active_campaigns,
        active_channels,
        avg_ctr,
        avg_cpc,
        avg_session_duration,
        avg_pages_per_session,
        avg_order_value,
        total_spend,
        total_budget,
        total_impressions,
        total_clicks,
        total_sessions,
        total_users,
        total_conversions,
        total_revenue,
        total_spend::double precision
        / nullif(total_budget, 0) as budget_utilization,
        total_conversions::double precision
        / nullif(total_sessions, 0) as overall_conversion_rate,
        total_revenue::double precision
        / nullif(total_spend, 0) as overall_roas,
        total_spend::double precision
        / nullif(total_conversions, 0) as overall_cpa

    from joined

)

select * from final
