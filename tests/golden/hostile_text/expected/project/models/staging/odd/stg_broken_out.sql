-- One row per id.
-- Why: (id) is the key of the source table. The row count rests on the key of
-- broken_out, which is tested.
with

source as (

    select * from {{ source('odd', 't_env_var_A_SECRET_56eb997e') }}

),

renamed as (

    select
        id,
        thing_id

    from source

)

select * from renamed
