-- One row per product_id and price_region.
-- Why: (product_id, price_region) is the key of the source table. The row count
-- rests on the key of prices, which is tested.
with

source as (

    select * from {{ source('shop', 'prices') }}

),

renamed as (

    select
        product_id,
        price_region,
        price

    from source

)

select * from renamed
