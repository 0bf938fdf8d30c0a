create or replace database SHOP;
create or replace schema SHOP.SALES;
create or replace TRANSIENT TABLE SHOP.SALES.CUSTOMERS cluster by (CUSTOMER_ID)(
	CUSTOMER_ID NUMBER(38,0) NOT NULL autoincrement start 1 increment 1 noorder COMMENT 'who\'s who', // the key
	"Email" VARCHAR(16777216) COLLATE 'en-ci' WITH MASKING POLICY p.mask_email NOT NULL,
	KIND STRING DEFAULT 'P',
	SEEN TIMESTAMP_NTZ(9) DEFAULT CURRENT_TIMESTAMP(),
	PAYLOAD VARIANT WITH TAG (a='b'),
	TAGS ARRAY, RATIO FLOAT, CODE CHAR(3), N NUMBER, T TIMESTAMP_TZ(9), B BINARY(16),
	constraint PK_C primary key (CUSTOMER_ID) not enforced rely,
	unique (KIND, CODE)
)COMMENT='All customers' DATA_RETENTION_TIME_IN_DAYS = 1;
create table if not exists orders (
  order_id int identity(1,1) primary key,
  customer_id number(38,0) not null foreign key references customers (customer_id),
  placed date not null
);
alter table orders add column note text, total number(10,2);
alter table orders alter column note set not null, column total set data type number(12,2);
comment on column orders.placed is 'when';
comment if exists on table orders is 'one order';
create or replace view v as select 1;
create or replace procedure p() returns string language sql as $$ begin create table x (id int); return 'a'; end $$;
insert into orders values (1, 'a;');
create table copy_of like orders;
create dynamic table d target_lag = '1 minute' warehouse = w as select 1 as a;
