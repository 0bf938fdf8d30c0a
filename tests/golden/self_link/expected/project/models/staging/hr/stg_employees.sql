-- Grain: one row per employee (employee_id), the primary key of the source
-- table (tested).
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
