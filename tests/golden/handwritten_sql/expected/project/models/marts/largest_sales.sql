-- Grain: one row per shop, proved from the SQL below.
select distinct on (shop) s.shop, s.sale_id, s.amount
from {{ ref('stg_sales') }} as s
order by s.shop, s.amount desc, s.sale_id
