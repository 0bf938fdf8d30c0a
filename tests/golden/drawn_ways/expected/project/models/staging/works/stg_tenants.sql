-- Grain: one row per tenant (tenant_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('works', 'tenants') }}

),

renamed as (

    select
        tenant_id,
        name

    from source

)

select * from renamed
