-- One row per tenant_id and project_no.
-- Why: (tenant_id, project_no) is the key of the source table. The row count
-- rests on the key of projects, which is tested.
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
