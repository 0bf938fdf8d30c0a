-- One row per id.
-- Why: (id) is the key of the source table. The row count rests on the key of
-- orders, which is tested.
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
