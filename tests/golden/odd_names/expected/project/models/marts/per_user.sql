-- Grain: one row per User, as in users (primary key, tested).
-- Safe joins: orders is aggregated to User first; orders is reduced to one row
-- per User first (orders }o--|| users).
with

users as (

    select * from {{ ref('stg_users') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

),

"orders_by_User" as (

    select
        "User",
        sum("naïve col") as total,
        max(
            a_column_whose_name_is_longer_than_the_sixty_three_byt_2b32dba1
        ) as longest

    from orders

    group by 1

),

ranked_orders as (

    select
        "User",
        "select" as "last select",
        row_number() over (
            partition by "User"
            order by "order" desc nulls last
        ) as row_rank

    from orders

),

last_orders as (

    select
        "User",
        "last select"

    from ranked_orders

    where row_rank = 1

),

joined as (

    select
        users."User",
        users."group",
        "orders_by_User".longest,
        coalesce("orders_by_User".total, 0)::numeric(38, 2) as total,
        coalesce(last_orders."last select", 'none') as "last select"

    from users

    left join "orders_by_User"
        on users."User" = "orders_by_User"."User"

    left join last_orders
        on users."User" = last_orders."User"

),

final as (

    select
        "User",
        "group",
        longest,
        total,
        "last select",
        coalesce(total::double precision / nullif(total, 0), 0) as "Share"

    from joined

)

select * from final
