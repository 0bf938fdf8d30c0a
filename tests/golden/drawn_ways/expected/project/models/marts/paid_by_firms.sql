-- Grain: one row per customer (customer_id), aggregated from orders.
-- Safe joins: orders is reduced to one row per customer_id first.
--   customers on customer_id = id (orders }o--|| customers)
with

orders as (

    select * from {{ ref('stg_orders') }}

),

customers as (

    select * from {{ ref('stg_customers') }}

),

orders_by_customer as (

    select
        orders.customer_id,
        count(*) as orders,
        sum(orders.amount) as amount

    from orders

    left join customers
        on orders.customer_id = customers.id

    where orders.status = 'paid' and customers.kind = 'firm'

    group by 1

),

ranked_orders as (

    select
        orders.customer_id,
        orders.amount as first_amount,
        row_number() over (
            partition by orders.customer_id
            order by orders.placed, orders.id
        ) as row_rank

    from orders

    left join customers
        on orders.customer_id = customers.id

    where orders.status = 'paid' and customers.kind = 'firm'

),

first_orders as (

    select
        customer_id,
        first_amount

    from ranked_orders

    where row_rank = 1

),

ranked_orders_2 as (

    select
        orders.customer_id,
        orders.amount as last_amount,
        row_number() over (
            partition by orders.customer_id
            order by orders.placed desc nulls last, orders.id desc nulls last
        ) as row_rank

    from orders

    left join customers
        on orders.customer_id = customers.id

    where orders.status = 'paid' and customers.kind = 'firm'

),

last_orders as (

    select
        customer_id,
        last_amount

    from ranked_orders_2

    where row_rank = 1

),

final as (

    select
        orders_by_customer.customer_id,
        orders_by_customer.orders,
        first_orders.first_amount,
        last_orders.last_amount,
        coalesce(orders_by_customer.amount, 0)::numeric(38, 2) as amount

    from orders_by_customer

    left join first_orders
        on orders_by_customer.customer_id = first_orders.customer_id

    left join last_orders
        on orders_by_customer.customer_id = last_orders.customer_id

)

select * from final
