-- Grain: one row per order (id), the primary key of the source table (tested).
with

source as (

    select * from {{ source('works', 'orders') }}

),

renamed as (

    select
        id,
        customer_id,
        store_id,
        status,
        placed,
        amount

    from source

)

select * from renamed
