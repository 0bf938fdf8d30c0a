-- Grain: one row per employee (employee_id), as in employees (primary key,
-- tested).
-- Safe joins: employees is many-to-one (primary key, tested); employees is
-- aggregated to employee_id first.
--   employees on reports_to = employee_id (employees }o--o| employees
--     (manager))
--   employees on manager.reports_to = employee_id (employees }o--o| employees
--     (manager))
--   employees on employee_id = reports_to (employees }o--o| employees
--     (manager))
with

employees as (

    select * from {{ ref('stg_employees') }}

),

employees_by_employee_as_manager as (

    select
        reports_to as employee_id,
        count(employee_id) as reports,
        sum(salary) as payroll_below

    from employees

    group by 1

),

final as (

    select
        employees.employee_id,
        employees.name,
        employees.salary,
        manager.name as manager_name,
        manager_2.name as second_level,
        coalesce(employees_by_employee_as_manager.reports, 0) as reports,
        coalesce(
            employees_by_employee_as_manager.payroll_below, 0
        )::numeric(38, 2) as payroll_below,
        employees.salary > manager.salary as above_manager

    from employees

    left join employees as manager
        on employees.reports_to = manager.employee_id

    left join employees as manager_2
        on manager.reports_to = manager_2.employee_id

    left join employees_by_employee_as_manager
        on employees.employee_id = employees_by_employee_as_manager.employee_id

)

select * from final
