-- One row per tenant_id and project_no.
-- Why: (tenant_id, project_no) is the grain of projects; tenants has at most
-- one row per (tenant_id); logs is reduced to one row per (tenant_id,
-- project_no) by group by before the join. The row count rests on the key of
-- projects and tenants, which is tested.
-- Joins tenants on tenant_id (projects }o--|| tenants).
-- Joins logs on tenant_id, project_no = tasks.project_no (logs }o--|| tasks,
-- tasks }o--|| projects).
-- Joins tasks on tenant_id, task_no (logs }o--|| tasks).
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
