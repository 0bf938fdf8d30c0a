select 1 as customer_id, 'de'::text as country, 'EUR'::text as currency
union all
select 2, 'fr', 'EUR'
