-- Grain: one row per basket and line (basket_id, line), the primary key of the
-- source table (tested).
with

source as (

    select * from {{ source('works', 'lines') }}

),

renamed as (

    select
        basket_id,
        line,
        picked_by,
        pieces

    from source

)

select * from renamed
