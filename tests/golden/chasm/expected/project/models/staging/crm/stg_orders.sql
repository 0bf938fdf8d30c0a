-- Grain: one row per order (order_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('crm', 'orders') }}

),

renamed as (

    select
        order_id,
        customer_id,
        amount

    from source

)

select * from renamed
