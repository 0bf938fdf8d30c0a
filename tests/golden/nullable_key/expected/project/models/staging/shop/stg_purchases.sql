-- One row per purchase_id.
-- Why: (purchase_id) is the key of the source table. The row count rests on the
-- key of purchases, which is tested.
with

source as (

    select * from {{ source('shop', 'purchases') }}

),

renamed as (

    select
        purchase_id,
        user_id,
        amount,
        coalesce(user_id, 'guest') as buyer

    from source

)

select * from renamed
