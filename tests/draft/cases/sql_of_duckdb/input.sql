INSTALL httpfs;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SEQUENCE s START 1;
CREATE OR REPLACE TABLE Customers (
  CustomerId UINTEGER PRIMARY KEY DEFAULT nextval('s'),
  email VARCHAR NOT NULL UNIQUE,
  feels mood, tags VARCHAR[], pos INTEGER[3], addr STRUCT(street VARCHAR, nr INTEGER), m MAP(VARCHAR, INTEGER),
  big HUGEINT CHECK (big > 0), price DECIMAL(10,2), seen TIMESTAMP_S, d DOUBLE,
  twice AS (price * 2)
);
CREATE TABLE orders (id INTEGER, customerid UINTEGER REFERENCES customers(customerid), kind VARCHAR CHECK (kind IN ('a', 'b')),
  PRIMARY KEY (id),);
COMMENT ON TABLE orders IS 'One order';
COMMENT ON COLUMN orders.id IS 'its number';
ALTER TABLE orders ALTER kind SET NOT NULL;
CREATE TABLE c AS SELECT * FROM read_csv('x.csv');
CREATE MACRO f(a) AS a + 1;
