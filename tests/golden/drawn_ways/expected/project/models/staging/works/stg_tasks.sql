-- One row per tenant_id and task_no.
-- Why: (tenant_id, task_no) is the key of the source table. The row count rests
-- on the key of tasks, which is tested.
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
