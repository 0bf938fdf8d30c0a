-- Grain: one row per session (session_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('marketing_raw', 'sessions') }}

),

renamed as (

    select
        session_id,
        date,
        user_id,
        campaign_id,
        creative_id,
        channel,
        session_start,
        session_duration_sec,
        pages_viewed,
        device_type,
        country,
        year,
        month,
        day,
        case
            when session_duration_sec >= 300 then 'engaged'
            when session_duration_sec >= 60 then 'moderate'
            when session_duration_sec is not null then 'bounce'
        end as engagement_level,
        case
            when pages_viewed >= 5 then 'high'
            when pages_viewed >= 2 then 'medium'
            when pages_viewed is not null then 'low'
        end as page_depth

    from source

)

select * from renamed
