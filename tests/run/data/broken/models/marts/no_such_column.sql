select
    customer_id,
    nmae
from {{ ref('stg_customers') }}
