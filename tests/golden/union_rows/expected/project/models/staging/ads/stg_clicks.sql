-- Grain: one row per click (click_id), the primary key of the source table
-- (tested).
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
