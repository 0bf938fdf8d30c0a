-- Grain: one row per course (course_id), as in courses (primary key, tested).
-- Safe joins: enrollments is aggregated to course_id first; enrollments is
-- reduced to one row per course_id first.
--   enrollments on course_id (enrollments }|--|| courses)
--   students on student_id (enrollments }o--|| students)
with

courses as (

    select * from {{ ref('stg_courses') }}

),

enrollments as (

    select * from {{ ref('stg_enrollments') }}

),

students as (

    select * from {{ ref('stg_students') }}

),

enrollments_by_course as (

    select
        course_id,
        count(student_id) as students

    from enrollments

    group by 1

),

ranked_enrollments as (

    select
        enrollments.course_id,
        students.name as first_student,
        row_number() over (
            partition by enrollments.course_id
            order by enrollments.grade, enrollments.student_id
        ) as row_rank

    from enrollments

    left join students
        on enrollments.student_id = students.student_id

),

first_enrollments as (

    select
        course_id,
        first_student

    from ranked_enrollments

    where row_rank = 1

),

final as (

    select
        courses.course_id,
        courses.title,
        courses.credits,
        first_enrollments.first_student,
        coalesce(enrollments_by_course.students, 0) as students

    from courses

    left join enrollments_by_course
        on courses.course_id = enrollments_by_course.course_id

    left join first_enrollments
        on courses.course_id = first_enrollments.course_id

)

select * from final
