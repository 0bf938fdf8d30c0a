-- Claims about columns that no table has are reported, and taken away.
create table orders (
  placed date,
  total numeric check (total > 0),
  primary key (order_no),
  unique (customer),
  unique (placed, shop)
);
create table lines (line_no int primary key, order_no int references orders (order_no));
create unique index on lines (sku);
create foreign table prices (
  sku text options (column_name 'SKU') not null,
  price numeric
) server warehouse options (table_name 'PRICES');
