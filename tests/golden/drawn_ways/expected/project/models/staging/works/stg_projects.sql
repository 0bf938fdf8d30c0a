-- Grain: one row per tenant and project_no (tenant_id, project_no), the primary
-- key of the source table (tested).
with

source as (

    select * from {{ source('works', 'projects') }}

),

renamed as (

    select
        tenant_id,
        project_no,
        title

    from source

)

select * from renamed
