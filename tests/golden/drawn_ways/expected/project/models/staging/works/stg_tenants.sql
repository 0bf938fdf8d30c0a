-- One row per tenant_id.
-- Why: (tenant_id) is the key of the source table. The row count rests on the
-- key of tenants, which is tested.
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
