-- Grain: one row per visit (visit_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('crm', 'visits') }}

),

renamed as (

    select
        visit_id,
        customer_id,
        pages,
        seen

    from source

)

select * from renamed
