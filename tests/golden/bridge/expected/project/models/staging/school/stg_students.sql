-- One row per student_id.
-- Why: (student_id) is the key of the source table. The row count rests on the
-- key of students, which is tested.
with

source as (

    select * from {{ source('school', 'students') }}

),

renamed as (

    select
        student_id,
        name

    from source

)

select * from renamed
