-- Grain: one row per tenant and task_no (tenant_id, task_no), the primary key
-- of the source table (tested).
with

source as (

    select * from {{ source('works', 'tasks') }}

),

renamed as (

    select
        tenant_id,
        task_no,
        project_no

    from source

)

select * from renamed
