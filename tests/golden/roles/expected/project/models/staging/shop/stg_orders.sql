-- Grain: one row per order (order_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('shop', 'orders') }}

),

renamed as (

    select
        order_id,
        order_date,
        ship_date,
        amount

    from source

)

select * from renamed
