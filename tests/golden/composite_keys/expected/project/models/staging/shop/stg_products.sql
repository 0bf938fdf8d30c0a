-- Grain: one row per product (product_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('shop', 'products') }}

),

renamed as (

    select
        product_id,
        name,
        category

    from source

)

select * from renamed
