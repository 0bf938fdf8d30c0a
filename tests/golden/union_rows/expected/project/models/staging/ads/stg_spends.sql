-- Grain: one row per campaign and day, the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('ads', 'spends') }}

),

renamed as (

    select
        campaign,
        day,
        spend

    from source

)

select * from renamed
