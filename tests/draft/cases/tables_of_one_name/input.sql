create table shop.orders (id int primary key, customer_id int not null references shop.customers, ordered_at date, amount numeric(8,2));
create table shop.customers (id int primary key, name text);
create table crm.orders (id int primary key, customer_id int not null references crm.customers, signed_on date, value numeric(8,2));
create table crm.customers (id int primary key, name text);
create table crm.visits (id int primary key, customer_id int not null references crm.customers, visited_on date);
create table public.visits (id int primary key, seen_on date);
