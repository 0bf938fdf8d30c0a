-- One row per product_id.
-- Why: (product_id) is the key of the source table. The row count rests on the
-- key of products, which is tested.
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
