-- Grain: one row per student (student_id), as in students (primary key,
-- tested).
-- Safe joins: enrollments is aggregated to student_id first.
--   enrollments on student_id (enrollments }o--|| students)
--   courses on course_id (enrollments }|--|| courses)
with

students as (

    select * from {{ ref('stg_students') }}

),

courses as (

    select * from {{ ref('stg_courses') }}

),

enrollments as (

    select * from {{ ref('stg_enrollments') }}

),

enrollments_by_student as (

    select
        enrollments.student_id,
        count(courses.course_id) as courses,
        sum(courses.credits) as credits,
        min(enrollments.grade) as best_grade,
        sum(enrollments.grade * courses.credits) as weighted

    from enrollments

    left join courses
        on enrollments.course_id = courses.course_id

    group by 1

),

joined as (

    select
        students.student_id,
        students.name,
        enrollments_by_student.best_grade::numeric(3, 1) as best_grade,
        coalesce(enrollments_by_student.courses, 0) as courses,
        coalesce(enrollments_by_student.credits, 0) as credits,
        coalesce(
            enrollments_by_student.weighted, 0
        )::numeric(38, 1) as weighted

    from students

    left join enrollments_by_student
        on students.student_id = enrollments_by_student.student_id

),

final as (

    select
        student_id,
        name,
        best_grade,
        courses,
        credits,
        weighted,
        weighted::double precision / nullif(credits, 0) as average

    from joined

)

select * from final
