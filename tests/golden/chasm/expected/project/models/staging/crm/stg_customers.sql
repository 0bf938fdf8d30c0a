-- Grain: one row per customer (customer_id), the primary key of the source
-- table (tested).
with

source as (

    select * from {{ source('crm', 'customers') }}

),

renamed as (

    select
        customer_id,
        name,
        country

    from source

)

select * from renamed
