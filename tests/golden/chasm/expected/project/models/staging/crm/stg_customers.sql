-- One row per customer_id.
-- Why: (customer_id) is the key of the source table. The row count rests on the
-- key of customers, which is tested.
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
