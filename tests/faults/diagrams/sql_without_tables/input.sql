create schema sales;
create table sales.orders as select 1 as id;
alter table sales.orders add primary key (id);
