-- Grain: one row per User, the primary key of the source table (tested).
with

source as (

    select * from {{ source('raw', 'users') }}

),

renamed as (

    select
        "User",
        "group"

    from source

)

select * from renamed
