\connect shop
\restrict abc123
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA sales;
CREATE EXTENSION IF NOT EXISTS citext;

CREATE TYPE sales.status AS ENUM ('open', 'it''s paid', 'sent');
ALTER TYPE sales.status ADD VALUE 'lost' AFTER 'it''s paid';
CREATE DOMAIN sales.amount AS numeric(12,2) NOT NULL CHECK (VALUE >= 0);

CREATE FUNCTION sales.touch() RETURNS trigger LANGUAGE plpgsql AS $_$
begin
  create table public.not_this_one (id int);
  return new;
end $_$;

CREATE TABLE public.regions (code char(2), name text);

ALTER TABLE ONLY public.regions ADD CONSTRAINT regions_pkey PRIMARY KEY (code);

/* a comment; /* in another; */ create table sales.nor_this (id int); */
CREATE TABLE sales.customers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email character varying(320) DEFAULT 'not null'::character varying NOT NULL,
    "Full Name" text,
    tags text[] DEFAULT '{}'::text[],
    seen_at timestamp(3) with time zone,
    region_code char(2) CONSTRAINT known REFERENCES public.regions ON DELETE SET NULL DEFERRABLE,
    UNIQUE (email),
    during tstzrange,
    EXCLUDE USING gist (during WITH &&),
    CHECK (email <> '')
);
COMMENT ON TABLE sales.customers IS 'Who buys; it''s people';
COMMENT ON COLUMN sales.customers."Full Name" IS E'As\twritten';

CREATE TABLE sales.orders (
    id bigserial,
    placed_on date NOT NULL,
    email character varying(320),
    state sales.status DEFAULT 'open'::sales.status NOT NULL,
    states sales.status[],
    paid sales.amount,
    net numeric GENERATED ALWAYS AS ((paid * 0.81)) STORED,
    tip money,
    PRIMARY KEY (placed_on, id)
) PARTITION BY RANGE (placed_on);
CREATE TABLE sales.orders_2024 PARTITION OF sales.orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE sales.orders_2025 (id bigint NOT NULL, placed_on date NOT NULL);
ALTER TABLE ONLY sales.orders ATTACH PARTITION sales.orders_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE sales.orders ADD FOREIGN KEY (email) REFERENCES sales.customers (email) NOT VALID;

CREATE TABLE sales.order_lines (
    placed_on date, order_id bigint, line smallint, note json,
    PRIMARY KEY (placed_on, order_id, line),
    FOREIGN KEY (placed_on, order_id) REFERENCES sales.orders (placed_on, id) MATCH FULL ON UPDATE CASCADE
);
CREATE TABLE sales.gifts (wrapped boolean NOT NULL) INHERITS (sales.order_lines);
CREATE UNIQUE INDEX ON sales.gifts USING btree (placed_on, order_id, line);
CREATE UNIQUE INDEX some ON sales.gifts (wrapped) WHERE wrapped;
CREATE VIEW sales.open_orders AS SELECT * FROM sales.orders;
ALTER TABLE sales.open_orders OWNER TO postgres;
COPY public.regions (code, name) FROM stdin;
de	Germany; create table public.rows (id int);
fr	\N
\.
INSERT INTO public.regions VALUES ('it', 'Italy');
INSERT INTO public.regions VALUES ('es', 'Spain');
CREATE TABLE public.regions_copy AS SELECT * FROM public.regions;
ALTER TABLE public.nowhere ADD COLUMN id int;
CREATE TABLE public.lost (id int primary key, to_nothing int references public.nothing (id));
