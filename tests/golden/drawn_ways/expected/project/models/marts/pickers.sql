-- Grain: one row per person (person_id), as in persons (primary key, tested).
-- Safe joins: members is many-to-one (primary key, tested); lines is aggregated
-- to person_id first.
--   members on person_id = member_id (members |o--|| persons)
--   lines on person_id = picked_by (lines }o--|| persons)
with

persons as (

    select * from {{ ref('stg_persons') }}

),

lines as (

    select * from {{ ref('stg_lines') }}

),

members as (

    select * from {{ ref('stg_members') }}

),

lines_by_person as (

    select
        picked_by as person_id,
        sum(pieces) as picked

    from lines

    group by 1

),

final as (

    select
        persons.person_id,
        members.level,
        coalesce(lines_by_person.picked, 0) as picked

    from persons

    left join members
        on persons.person_id = members.member_id

    left join lines_by_person
        on persons.person_id = lines_by_person.person_id

)

select * from final
