USE CATALOG main;
USE sales;
CREATE OR REPLACE TABLE main.sales.Customers (
  customer_id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 1 INCREMENT BY 1) COMMENT 'who''s who',
  email STRING NOT NULL COMMENT "where to",
  attributes MAP<STRING, STRING>,
  items ARRAY<STRUCT<sku: STRING, qty: INT>>,
  prices ARRAY<DECIMAL(10,2)>,
  seen TIMESTAMP, at TIMESTAMP_NTZ, ratio DOUBLE, f FLOAT, d DECIMAL,
  CONSTRAINT pk PRIMARY KEY (customer_id) RELY
) USING DELTA
PARTITIONED BY (email)
COMMENT 'All customers'
TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');
CREATE TABLE orders (order_id BIGINT NOT NULL, Customer_ID BIGINT, CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers) CLUSTER BY (order_id);
ALTER TABLE orders ADD CONSTRAINT pk2 PRIMARY KEY(order_id);
ALTER TABLE orders ADD COLUMNS (note STRING COMMENT 'free', n INT);
ALTER TABLE orders ALTER COLUMN order_id COMMENT 'its number';
ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;
ALTER TABLE orders SET TBLPROPERTIES ('a' = 'b');
COMMENT ON TABLE orders IS 'One order';
OPTIMIZE orders;
