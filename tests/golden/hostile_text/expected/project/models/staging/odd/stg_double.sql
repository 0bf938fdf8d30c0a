-- Grain: one row per double and thing {id} (id, thing {id}), the primary key of
-- the source table (tested).
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
