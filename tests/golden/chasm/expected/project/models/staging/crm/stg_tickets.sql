-- One row per ticket_id.
-- Why: (ticket_id) is the key of the source table. The row count rests on the
-- key of tickets, which is tested.
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
