-- Grain: one row per broken out (id), the primary key of the source table
-- (tested).
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
