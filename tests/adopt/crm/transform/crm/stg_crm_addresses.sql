select 1 as customer_id, 1 as address_number, 'Ulm'::text as city
union all
select 1, 2, 'Bonn'
