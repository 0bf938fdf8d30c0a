-- Grain: one row per tenant and project_no (tenant_id, project_no), as in
-- projects (primary key, tested).
-- Safe joins: tenants is many-to-one (primary key, tested); logs is aggregated
-- to tenant_id and project_no first.
--   tenants on tenant_id (projects }o--|| tenants)
--   logs on tenant_id, project_no = tasks.project_no (logs }o--|| tasks,
--     tasks }o--|| projects)
--   tasks on tenant_id, task_no (logs }o--|| tasks)
with

projects as (

    select * from {{ ref('stg_projects') }}

),

tasks as (

    select * from {{ ref('stg_tasks') }}

),

logs as (

    select * from {{ ref('stg_logs') }}

),

tenants as (

    select * from {{ ref('stg_tenants') }}

),

logs_by_tenant_project_no as (

    select
        logs.tenant_id,
        tasks.project_no,
        sum(logs.hours) as hours

    from logs

    left join tasks
        on
            logs.tenant_id = tasks.tenant_id
            and logs.task_no = tasks.task_no

    group by 1, 2

),

final as (

    select
        projects.tenant_id,
        projects.project_no,
        projects.title,
        tenants.name as tenant,
        coalesce(logs_by_tenant_project_no.hours, 0) as hours

    from projects

    left join tenants
        on projects.tenant_id = tenants.tenant_id

    left join logs_by_tenant_project_no
        on
            projects.tenant_id = logs_by_tenant_project_no.tenant_id
            and projects.project_no = logs_by_tenant_project_no.project_no

)

select * from final
