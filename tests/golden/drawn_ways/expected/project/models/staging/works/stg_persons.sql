-- One row per person_id.
-- Why: (person_id) is the key of the source table. The row count rests on the
-- key of persons, which is tested.
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
