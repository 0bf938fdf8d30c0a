-- Grain: one row per customer (customer_id), as in customers (primary key,
-- tested).
-- Safe joins: orders, tickets and visits are aggregated to customer_id first.
--   orders on customer_id (orders }o--|| customers)
--   tickets on customer_id (tickets }o--|| customers)
--   visits on customer_id (visits }o--o| customers)
with

customers as (

    select * from {{ ref('stg_customers') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

),

tickets as (

    select * from {{ ref('stg_tickets') }}

),

visits as (

    select * from {{ ref('stg_visits') }}

),

orders_by_customer as (

    select
        customer_id,
        count(order_id) as orders,
        sum(amount) as revenue

    from orders

    group by 1

),

tickets_by_customer as (

    select
        customer_id,
        count(ticket_id) as tickets,
        sum(minutes) as minutes,
        max(opened) as last_ticket

    from tickets

    group by 1

),

visits_by_customer as (

    select
        customer_id,
        sum(pages) as pages

    from visits

    group by 1

),

joined as (

    select
        customers.customer_id,
        customers.name,
        customers.country,
        tickets_by_customer.last_ticket,
        coalesce(orders_by_customer.orders, 0) as orders,
        coalesce(orders_by_customer.revenue, 0)::numeric(38, 2) as revenue,
        coalesce(tickets_by_customer.tickets, 0) as tickets,
        coalesce(tickets_by_customer.minutes, 0) as minutes,
        coalesce(visits_by_customer.pages, 0) as pages,
        coalesce(orders_by_customer.revenue, 0)
        - 2 * coalesce(tickets_by_customer.minutes, 0) as net

    from customers

    left join orders_by_customer
        on customers.customer_id = orders_by_customer.customer_id

    left join tickets_by_customer
        on customers.customer_id = tickets_by_customer.customer_id

    left join visits_by_customer
        on customers.customer_id = visits_by_customer.customer_id

),

final as (

    select
        customer_id,
        name,
        country,
        last_ticket,
        orders,
        revenue,
        tickets,
        minutes,
        pages,
        net,
        coalesce(
            revenue::double precision / nullif(pages, 0), 0
        ) as revenue_per_page

    from joined

)

select * from final
