-- One row per member_id.
-- Why: (member_id) is the grain of members; persons has at most one row per
-- (person_id); lines is reduced to one row per (member_id) by group by before
-- the join. The row count rests on the key of members and persons, which is
-- tested.
-- Joins persons on member_id = person_id (members |o--|| persons).
-- Joins lines on member_id = baskets.member_id (lines }|--|| baskets, baskets
-- }o--o| members).
-- Joins baskets on basket_id (lines }|--|| baskets).
with

members as (

    select * from {{ ref('stg_members') }}

),

persons as (

    select * from {{ ref('stg_persons') }}

),

baskets as (

    select * from {{ ref('stg_baskets') }}

),

lines as (

    select * from {{ ref('stg_lines') }}

),

lines_by_member as (

    select
        baskets.member_id,
        sum(lines.pieces) as pieces

    from lines

    left join baskets
        on lines.basket_id = baskets.basket_id

    group by 1

),

final as (

    select
        members.member_id,
        persons.name,
        coalesce(lines_by_member.pieces, 0) as pieces

    from members

    left join persons
        on members.member_id = persons.person_id

    left join lines_by_member
        on members.member_id = lines_by_member.member_id

)

select * from final
