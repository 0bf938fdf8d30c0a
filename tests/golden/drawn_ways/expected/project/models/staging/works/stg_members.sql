-- Grain: one row per member (member_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('works', 'members') }}

),

renamed as (

    select
        member_id,
        level

    from source

)

select * from renamed
