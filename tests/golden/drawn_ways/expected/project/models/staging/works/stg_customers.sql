-- Grain: one row per customer (id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('works', 'customers') }}

),

renamed as (

    select
        id,
        region_id,
        kind

    from source

)

select * from renamed
