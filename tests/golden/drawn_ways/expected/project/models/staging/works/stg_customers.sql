-- One row per id.
-- Why: (id) is the key of the source table. The row count rests on the key of
-- customers, which is tested.
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
