-- Undrawn keys and links of every kind; what a table is for stands above it.
create schema "Odd";

-- Names in mixed case; a key that is no id; a type that cannot be compared.
create table "Odd"."Customers" ("CustomerId" integer, "Full Name" text, doc json);
insert into "Odd"."Customers" select i, 'n' || i, '{}' from generate_series(1, 200) as i;

-- A line and its place; two roles of one table; a customer and an order tell the rows apart by accident.
create table "Odd"."OrderLines" (
    "orderId" integer, "LineNo" integer, "CustomerId" integer, "billingCustomerId" integer, amount numeric(10, 2),
    paid boolean, info json, "createdAt" timestamp
);
insert into "Odd"."OrderLines"
select i / 3, i % 3, 1 + i % 200, case when i % 5 > 0 then 1 + (i * 7) % 200 end, i, true, '{}',
    '2024-01-01'::timestamp + i * interval '1 minute'
from generate_series(0, 2999) as i;

-- A key that a sample finds and all rows confirm; its name alone says something that is not so.
create table stock (product_id int, warehouse_id int, day date, quantity int);
insert into stock
select p, w, d::date, 5
from generate_series(1, 40) as p, generate_series(1, 25) as w, generate_series('2024-01-01'::date, '2024-01-30', '1 day') as d;

-- A pair that is unique by one half of it.
create table products (product_id int, label text, "rowGuid" uuid);
insert into products select i, 'p' || i % 7, gen_random_uuid() from generate_series(1, 40) as i;
create table tags (tag_id int, label text);
insert into tags select i, 't' || i from generate_series(1, 60) as i;
create table product_tags (product_id int, tag_id int, added timestamp);
insert into product_tags select i, 1 + i % 9, '2024-01-01' from generate_series(1, 40) as i;

-- A few orphans are believed, many are not; ids of other things in each other's range are no links.
create table reviews (review_id int, product_id int, parent_id int, tag_id int, votes int);
insert into reviews
select i, case when i = 500 then 99 else 1 + i % 40 end, case when i > 10 then i - 10 end, i * 10, i % 40
from generate_series(1, 500) as i;

-- Types that differ in the database from what names say.
create table notes (note_id int, tag_id text);
insert into notes select i, i::text from generate_series(1, 20) as i;

-- Nothing tells rows apart: twice the same, no rows, few rows, rows that may not be seen.
create table twice (a int, b text, j json);
insert into twice select i % 10, 'x', '{"a": 1}' from generate_series(1, 40) as i;
create table nothing (thing_id int, note text);
create table empty_notes (empty_note_id int, product_id int);
create table colors (color_id int, label text);
insert into colors values (1, 'red'), (1, 'blue'), (2, 'green');
create table codes (code text, meaning text);
insert into codes values ('a', 'x'), ('b', 'y');
create table locked (locked_id int, product_id int);
insert into locked values (1, 1);
