-- Grain: one row per campaign and date (campaign_id, date), the primary key of
-- the source table (tested).
with

source as (

    select * from {{ source('marketing_raw', 'campaigns_daily') }}

),

renamed as (

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
        year,
        month,
        day,
        coalesce(
            clicks::double precision / nullif(impressions, 0), 0
        ) as calculated_ctr,
        coalesce(
            spend::double precision / nullif(clicks, 0), 0
        ) as calculated_cpc

    from source

)

select * from renamed
