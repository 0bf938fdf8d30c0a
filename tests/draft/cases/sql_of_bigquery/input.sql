CREATE SCHEMA IF NOT EXISTS `my-proj.sales`;
CREATE OR REPLACE TABLE `my-proj.sales.customers` (
  customer_id INT64 NOT NULL OPTIONS(description="who's who"),
  email STRING(200) NOT NULL,
  tags ARRAY<STRING>,
  address STRUCT<street STRING, geo STRUCT<lat FLOAT64, lon FLOAT64>> OPTIONS(description='''where
it is'''),
  seen TIMESTAMP DEFAULT CURRENT_TIMESTAMP(), # when
  total NUMERIC(10,2), big BIGNUMERIC, at DATETIME, ok BOOL, raw BYTES,
  PRIMARY KEY (customer_id) NOT ENFORCED
)
PARTITION BY DATE(seen)
CLUSTER BY email, total
OPTIONS(description="All customers", labels=[("team", "crm")]);
CREATE TABLE my-proj.sales.orders (
  order_id INT64, customer_id INT64 NOT NULL REFERENCES `my-proj`.sales.customers(customer_id) NOT ENFORCED,
  placed DATE
);
ALTER TABLE `my-proj.sales.orders` ADD PRIMARY KEY (order_id) NOT ENFORCED;
ALTER TABLE sales.orders ADD COLUMN IF NOT EXISTS note STRING OPTIONS(description='free'), ADD COLUMN n INT64;
ALTER TABLE sales.orders ALTER COLUMN placed SET OPTIONS (description='when');
ALTER TABLE sales.orders SET OPTIONS (description='One order', expiration_timestamp=NULL);
CREATE VIEW sales.v AS SELECT 1 AS x;
CREATE PROCEDURE sales.p() BEGIN CREATE TABLE x (id INT64); SELECT CASE WHEN TRUE THEN 1 END; END;
CREATE TABLE sales.ctas AS SELECT 1 AS x;
