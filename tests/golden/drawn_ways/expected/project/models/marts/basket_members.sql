-- Grain: one row per member (member_id), from the distinct values of members
-- and baskets.
-- Safe joins: baskets is aggregated to member_id first.
with

members as (

    select * from {{ ref('stg_members') }}

),

baskets as (

    select * from {{ ref('stg_baskets') }}

),

grain_values as (

    select member_id

    from members

    union distinct

    select member_id

    from baskets

    where member_id is not null

),

baskets_by_member as (

    select
        member_id,
        count(basket_id) as baskets

    from baskets

    group by 1

),

final as (

    select
        grain_values.member_id,
        coalesce(baskets_by_member.baskets, 0) as baskets

    from grain_values

    left join baskets_by_member
        on grain_values.member_id = baskets_by_member.member_id

)

select * from final
