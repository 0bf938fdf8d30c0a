-- One row per id.
-- Why: (id) is the key of the source table. The row count rests on the key of
-- single, which is tested.
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
