-- One row per campaign and day.
-- Why: (campaign, day) is the key of the source table. The row count rests on
-- the key of spends, which is tested.
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
