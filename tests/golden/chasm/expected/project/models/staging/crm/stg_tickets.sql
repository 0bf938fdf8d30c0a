-- Grain: one row per ticket (ticket_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('crm', 'tickets') }}

),

renamed as (

    select
        ticket_id,
        customer_id,
        minutes,
        opened

    from source

)

select * from renamed
