-- Grain: one row per thing (thing_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('raw', 'things') }}

),

renamed as (

    select
        thing_id,
        label,
        note,
        case
            when thing_id >= 2 then '{{ "{{" }} high }}'
            when thing_id >= 1 then 'it''s'
            when thing_id is not null then '🚀'
        end as state

    from source

)

select * from renamed
