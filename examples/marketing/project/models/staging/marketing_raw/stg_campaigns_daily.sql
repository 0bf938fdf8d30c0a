-- One row per campaign_id and date.
-- Why: (campaign_id, date) is the key of the source table. The row count rests
-- on the key of campaigns_daily, which is tested.
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
