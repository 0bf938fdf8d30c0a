-- Keys that stand on partitions: all have that of the shop, two of three that of the buyer, one that of the clerk.
create table shops (shop_id int primary key);
create table buyers (buyer_id int primary key);
create table clerks (clerk_id int primary key);
create table sales (
    sale_id int not null, sold_on date not null, shop_id int not null, buyer_id int, clerk_id int,
    primary key (sale_id, sold_on)
) partition by range (sold_on);
create table sales_2024 partition of sales for values from ('2024-01-01') to ('2025-01-01');
create table sales_2025 partition of sales for values from ('2025-01-01') to ('2026-01-01');
create table sales_2026 partition of sales for values from ('2026-01-01') to ('2027-01-01');
alter table sales_2024 add foreign key (shop_id) references shops, add foreign key (buyer_id) references buyers;
alter table sales_2025 add foreign key (shop_id) references shops, add foreign key (buyer_id) references buyers;
alter table sales_2026 add foreign key (shop_id) references shops, add foreign key (clerk_id) references clerks;
