-- Grain: one row per single (id), the primary key of the source table (tested).
with

source as (

    select * from {{ source('odd', 'it_s_24ceef1c') }}

),

renamed as (

    select
        id,
        thing_id

    from source

)

select * from renamed
