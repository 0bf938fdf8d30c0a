-- Grain: one row per conversion (conversion_id), the primary key of the source
-- table (tested).
with

source as (

    select * from {{ source('marketing_raw', 'conversions') }}

),

renamed as (

    select
        conversion_id,
        session_id,
        date,
        user_id,
        attributed_campaign_id,
        attribution_model,
        conversion_value,
        timestamp,
        year,
        month,
        day,
        case
            when conversion_value >= 100 then 'high'
            when conversion_value >= 50 then 'medium'
            when conversion_value is not null then 'low'
        end as conversion_value_tier

    from source

)

select * from renamed
