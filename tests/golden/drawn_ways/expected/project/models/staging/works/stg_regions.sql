-- Grain: one row per region (id), the primary key of the source table (tested).
with

source as (

    select * from {{ source('works', 'regions') }}

),

renamed as (

    select
        id,
        name

    from source

)

select * from renamed
