-- Grain: one row per basket (basket_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('works', 'baskets') }}

),

renamed as (

    select
        basket_id,
        member_id

    from source

)

select * from renamed
