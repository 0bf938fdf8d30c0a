-- Grain: one row per person (person_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('works', 'persons') }}

),

renamed as (

    select
        person_id,
        name

    from source

)

select * from renamed
