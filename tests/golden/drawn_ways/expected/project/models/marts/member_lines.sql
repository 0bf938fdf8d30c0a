-- Grain: one row per member (member_id), as in members (primary key, tested).
-- Safe joins: persons is many-to-one (primary key, tested); lines is aggregated
-- to member_id first.
--   persons on member_id = person_id (members |o--|| persons)
--   lines on member_id = baskets.member_id (lines }|--|| baskets, baskets
--     }o--o| members)
--   baskets on basket_id (lines }|--|| baskets)
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
