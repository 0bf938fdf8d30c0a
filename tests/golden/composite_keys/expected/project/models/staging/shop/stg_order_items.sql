-- Grain: one row per order and line (order_id, line), the primary key of the
-- source table (tested).
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
