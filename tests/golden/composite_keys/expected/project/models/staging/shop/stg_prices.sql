-- Grain: one row per product and price_region (product_id, price_region), the
-- primary key of the source table (tested).
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
