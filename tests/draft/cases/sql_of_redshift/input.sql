create table sales.customers (
  customer_id bigint identity(0,1) not null encode az64 distkey,
  email varchar(max) encode lzo,
  kind varchar, data super, amount decimal,
  primary key (customer_id)
) diststyle key compound sortkey (customer_id, email);
create table if not exists sales.orders (
  order_id integer not null sortkey encode raw,
  customer_id bigint references sales.customers (customer_id),
  placed timestamptz default getdate(),
  primary key (order_id)
) backup no diststyle even;
comment on column sales.orders.placed is 'when';
alter table sales.orders alter sortkey (placed);
alter table sales.orders add column note varchar(20) encode zstd;
alter table sales.orders owner to admin;
unload ('select 1') to 's3://x' iam_role default;
