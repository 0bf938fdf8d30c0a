select
    customer_id,
    upercase(name) as name
from {{ ref('stg_customers') }}
