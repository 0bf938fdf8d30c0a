-- One row per sale_id.
-- Why: (sale_id) is the key of the source table. The row count rests on the key
-- of sales, which is tested.
with

source as (

    select * from {{ source('shop', 'sales') }}

),

renamed as (

    select
        sale_id,
        shop,
        amount

    from source

)

select * from renamed
