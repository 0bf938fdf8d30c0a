-- Grain: one row per shop, as the author assumes (sale_id is unique and the
-- latest one is taken); a test checks it.
select shop, sale_id
from {{ ref('stg_sales') }} as s
where not exists (
    select 1 from {{ ref('stg_sales') }} as t where t.shop = s.shop and t.sale_id > s.sale_id and t.sale_id > 0
)
