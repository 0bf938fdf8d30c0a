-- One row per click_id.
-- Why: (click_id) is the key of the source table. The row count rests on the
-- key of clicks, which is tested.
with

source as (

    select * from {{ source('ads', 'clicks') }}

),

renamed as (

    select
        click_id,
        campaign_name,
        clicked,
        clicked::date as day

    from source

)

select * from renamed
