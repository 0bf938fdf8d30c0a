-- One row per id and thing {id}.
-- Why: (id, thing {id}) is the key of the source table. The row count rests on
-- the key of double, which is tested.
with

source as (

    select * from {{ source('odd', 'a_b_39a01277') }}

),

renamed as (

    select
        id,
        "{{ "{{" }} x }} 'n ""y""" as "thing {id}"

    from source

)

select * from renamed
