-- One row per thing_id.
-- Why: (thing_id) is the key of the source table. The row count rests on the
-- key of things, which is tested.
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
