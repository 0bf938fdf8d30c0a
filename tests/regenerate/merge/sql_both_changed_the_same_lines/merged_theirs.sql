-- One row per employee_id.
-- Why: (employee_id) is the grain of employees; employees has at most one row
-- per (employee_id); employees is reduced to one row per (employee_id) by group
-- by before the join. The row count rests on the key of employees, which is
-- tested.
with

employees as (

    select * from {{ ref('stg_employees') }}

),

employees_by_employee_as_manager as (

    select
        reports_to as employee_id,
        count(employee_id) as reports,
        sum(salary * 12) as payroll_below

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
        employees_by_employee_as_manager.payroll_below::numeric(10, 2)
            as payroll_below,
        coalesce(employees_by_employee_as_manager.reports, 0) as reports,
        coalesce(employees.salary > manager.salary, false) as above_manager

    from employees

    left join employees as manager
        on employees.reports_to = manager.employee_id

    left join employees as manager_2
        on manager.reports_to = manager_2.employee_id

    left join employees_by_employee_as_manager
        on employees.employee_id = employees_by_employee_as_manager.employee_id

)

select * from final
