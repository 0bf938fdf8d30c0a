-- Grain: one row per touchpoint (touchpoint_id), the primary key of the source
-- table (tested).
with

source as (

    select * from {{ source('marketing_raw', 'attribution_touchpoints') }}

),

renamed as (

    select
        touchpoint_id,
        session_id,
        user_id,
        campaign_id,
        channel,
        touchpoint_position,
        timestamp

    from source

)

select * from renamed
