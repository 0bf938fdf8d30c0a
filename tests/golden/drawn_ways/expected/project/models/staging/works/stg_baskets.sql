-- One row per basket_id.
-- Why: (basket_id) is the key of the source table. The row count rests on the
-- key of baskets, which is tested.
with

source as (

    select * from {{ source('works', 'baskets') }}

),

renamed as (

    select
        basket_id,
        member_id

    from source

)

select * from renamed
