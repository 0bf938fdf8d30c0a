-- Grain: one row per student (student_id), the primary key of the source table
-- (tested).
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
