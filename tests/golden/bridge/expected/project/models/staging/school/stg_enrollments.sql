-- Grain: one row per student and course (student_id, course_id), the primary
-- key of the source table (tested).
with

source as (

    select * from {{ source('school', 'enrollments') }}

),

renamed as (

    select
        student_id,
        course_id,
        grade

    from source

)

select * from renamed
