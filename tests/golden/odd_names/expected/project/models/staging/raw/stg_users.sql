-- One row per User.
-- Why: (User) is the key of the source table. The row count rests on the key of
-- users, which is tested.
with

source as (

    select * from {{ source('raw', 'users') }}

),

renamed as (

    select
        "User",
        "group"

    from source

)

select * from renamed
