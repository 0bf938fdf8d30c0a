-- Grain: one row per order, as in orders (primary key, tested).
-- Safe joins: users is many-to-one (primary key, tested).
--   users on User (orders }o--|| users)
with

orders as (

    select * from {{ ref('stg_orders') }}

),

users as (

    select * from {{ ref('stg_users') }}

),

final as (

    select
        orders."order",
        orders."User",
        orders."select",
        orders."naïve col",
        orders.a_column_whose_name_is_longer_than_the_sixty_three_byt_2b32dba1,
        users."group"

    from orders

    left join users
        on orders."User" = users."User"

)

select * from final
