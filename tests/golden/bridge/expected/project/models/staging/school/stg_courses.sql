-- One row per course_id.
-- Why: (course_id) is the key of the source table. The row count rests on the
-- key of courses, which is tested.
with

source as (

    select * from {{ source('school', 'courses') }}

),

renamed as (

    select
        course_id,
        title,
        credits

    from source

)

select * from renamed
