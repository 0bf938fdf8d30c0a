-- Grain: one row per course (course_id), the primary key of the source table
-- (tested).
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
