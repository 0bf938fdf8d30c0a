-- Grain: one row per country, aggregated from int_customer_activity.
-- Safe joins: visits and customers are reduced to one row per country first.
--   visits on country = customers.country (visits }o--o| customers)
--   customers on customer_id (visits }o--o| customers)
--   customers on country
with

int_customer_activity as (

    select * from {{ ref('int_customer_activity') }}

),

customers as (

    select * from {{ ref('stg_customers') }}

),

visits as (

    select * from {{ ref('stg_visits') }}

),

int_customer_activity_by_country as (

    select
        country,
        count(*) as customers,
        sum(revenue) as revenue

    from int_customer_activity

    group by 1

),

ranked_visits as (

    select
        customers.country,
        visits.seen as first_visit,
        row_number() over (
            partition by customers.country
            order by visits.seen, visits.visit_id
        ) as row_rank

    from visits

    left join customers
        on visits.customer_id = customers.customer_id

),

first_visits as (

    select
        country,
        first_visit

    from ranked_visits

    where row_rank = 1

),

ranked_customers as (

    select
        country,
        name as busiest,
        row_number() over (
            partition by country
            order by customer_id desc nulls last
        ) as row_rank

    from customers

),

last_customers as (

    select
        country,
        busiest

    from ranked_customers

    where row_rank = 1

),

final as (

    select
        int_customer_activity_by_country.country,
        int_customer_activity_by_country.customers,
        first_visits.first_visit,
        last_customers.busiest,
        coalesce(
            int_customer_activity_by_country.revenue, 0
        )::numeric(38, 2) as revenue

    from int_customer_activity_by_country

    left join first_visits
        on int_customer_activity_by_country.country = first_visits.country

    left join last_customers
        on int_customer_activity_by_country.country = last_customers.country

)

select * from final
