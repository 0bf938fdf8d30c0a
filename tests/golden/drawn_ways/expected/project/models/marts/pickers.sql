-- One row per person_id.
-- Why: (person_id) is the grain of persons; members has at most one row per
-- (member_id); lines is reduced to one row per (person_id) by group by before
-- the join. The row count rests on the key of members and persons, which is
-- tested.
-- Joins members on person_id = member_id (members |o--|| persons).
-- Joins lines on person_id = picked_by (lines }o--|| persons).
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
