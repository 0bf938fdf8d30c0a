-- One row per order_id.
-- Why: (order_id) is the key of the source table. The row count rests on the
-- key of orders, which is tested.
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
