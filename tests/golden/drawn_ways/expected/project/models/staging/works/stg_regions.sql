-- One row per id.
-- Why: (id) is the key of the source table. The row count rests on the key of
-- regions, which is tested.
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
