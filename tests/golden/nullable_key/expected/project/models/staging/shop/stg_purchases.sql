-- Grain: one row per purchase (purchase_id), the primary key of the source
-- table (tested).
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
