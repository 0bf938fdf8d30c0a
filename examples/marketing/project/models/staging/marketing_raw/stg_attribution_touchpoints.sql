-- One row per touchpoint_id.
-- Why: (touchpoint_id) is the key of the source table. The row count rests on
-- the key of attribution_touchpoints, which is tested.
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
