-- Grain: one row per sale (sale_id), the primary key of the source table
-- (tested).
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
