-- One row per shop.
-- Why: from stg_sales as s; distinct on shop; so (shop) is unique.
select distinct on (shop) s.shop, s.sale_id, s.amount
from {{ ref('stg_sales') }} as s
order by s.shop, s.amount desc, s.sale_id
