-- Grain: one row per date, the primary key of the source table (tested).
with

source as (

    select * from {{ source('shop', 'dates') }}

),

renamed as (

    select
        date,
        week

    from source

)

select * from renamed
