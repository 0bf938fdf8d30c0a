-- Grain: one row per store (id), the primary key of the source table (tested).
with

source as (

    select * from {{ source('works', 'stores') }}

),

renamed as (

    select
        id,
        region_id,
        kind

    from source

)

select * from renamed
