-- One row per order_id and line.
-- Why: (order_id, line) is the key of the source table. The row count rests on
-- the key of order_items, which is tested.
with

source as (

    select * from {{ source('shop', 'order_items') }}

),

renamed as (

    select
        order_id,
        line,
        product_id,
        region,
        quantity

    from source

)

select * from renamed
