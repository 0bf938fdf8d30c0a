-- One row per student_id and course_id.
-- Why: (student_id, course_id) is the key of the source table. The row count
-- rests on the key of enrollments, which is tested.
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
