select
    stg_customers.customer_id,
    stg_customers.name,
    count(stg_orders.order_id) as order_count,
    sum(stg_orders.amount) as amount
from {{ ref('stg_customers') }} as stg_customers
left join {{ ref('stg_orders') }} as stg_orders
    on stg_customers.customer_id = stg_orders.customer_id
group by 1, 2
