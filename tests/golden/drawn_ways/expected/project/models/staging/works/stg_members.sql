-- One row per member_id.
-- Why: (member_id) is the key of the source table. The row count rests on the
-- key of members, which is tested.
with

source as (

    select * from {{ source('works', 'members') }}

),

renamed as (

    select
        member_id,
        level

    from source

)

select * from renamed
