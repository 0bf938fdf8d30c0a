select
    customer_id,
    name
from {{ source('shop_raw', 'customers') }}
