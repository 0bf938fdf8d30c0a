-- One row per employee_id.
-- Why: (employee_id) is the key of the source table. The row count rests on the
-- key of employees, which is tested.
with

source as (

    select * from {{ source('hr', 'employees') }}

),

renamed as (

    select
        employee_id,
        name,
        salary,
        reports_to

    from source

)

select * from renamed
