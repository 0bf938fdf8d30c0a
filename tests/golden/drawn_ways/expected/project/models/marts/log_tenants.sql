-- Grain: one row per log (log_id), as in logs (primary key, tested).
-- Safe joins: tasks, projects and tenants are many-to-one (primary key,
-- tested).
--   tasks on tenant_id, task_no (logs }o--|| tasks)
--   projects on tenant_id, tasks.project_no = project_no (tasks }o--||
--     projects)
--   tenants on billed_to = tenant_id (logs }o--|| tenants (payer))
--   tenants on tenant_id (tasks }o--|| tenants)
with

logs as (

    select * from {{ ref('stg_logs') }}

),

tasks as (

    select * from {{ ref('stg_tasks') }}

),

projects as (

    select * from {{ ref('stg_projects') }}

),

tenants as (

    select * from {{ ref('stg_tenants') }}

),

final as (

    select
        logs.log_id,
        projects.title as project,
        tenants.name as payer,
        tenants_2.name as owner

    from logs

    left join tasks
        on
            logs.tenant_id = tasks.tenant_id
            and logs.task_no = tasks.task_no

    left join projects
        on
            logs.tenant_id = projects.tenant_id
            and tasks.project_no = projects.project_no

    left join tenants
        on logs.billed_to = tenants.tenant_id

    left join tenants as tenants_2
        on logs.tenant_id = tenants_2.tenant_id

)

select * from final
