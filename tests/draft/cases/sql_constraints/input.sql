-- what a script claims beyond keys, and how it may be written
create /* the shop's */ table /* of */ stores (
  store_id int primary key,
  kind text not null constraint kinds check (kind in ('corner', 'market')),
  grade varchar(2) check (((grade)::text = any ((array['A'::character varying, 'B'::character varying])::text[]))),
  floor int check (floor = 0 or floor = 1 or floor is null),
  opened date, check (opened is not null and opened > '1900-01-01'),
  unique (kind, floor)
);
create domain colour as text default 'red' check (value in ('red', 'blue')) not null;
create table shelves (shelf_id int primary key, paint colour, store_id int);
alter table shelves add constraint shelf_store foreign key (store_id) references stores not valid;
alter table shelves add constraint narrow check (shelf_id < 100) not valid;
alter table shelves validate constraint shelf_store;
alter table shelves add constraint gone check (paint in ('red')), drop constraint gone;
create table cooled (degrees int) inherits (shelves);
create table rents (store_id int, during daterange, rent numeric, primary key (store_id, during without overlaps));
create table visits (visit_id int primary key, store_id int, stay daterange,
  foreign key (store_id, period stay) references rents (store_id, period during));
do $$ begin
  alter table cooled add constraint cooled_store foreign key (store_id) references stores;
exception when duplicate_object then null;
end $$;
do $$
begin
  if not exists (select 1 from pg_class where relname = 'tills') then
    create table tills (till_id int primary key, store_id int not null references stores);
  end if;
end
$$;
do $$ begin execute 'alter table tills add constraint one unique (store_id)'; end $$;
do $$ begin perform 1; end $$;
create table firms (firm_id int primary key, name text);
create table staff (firm_id int references firms, staff_id int, boss_id int, primary key (firm_id, staff_id),
  foreign key (firm_id, boss_id) references staff match full);
create table shifts (firm_id int, shift_id int, opener_id int, closer_id int, primary key (firm_id, shift_id),
  foreign key (firm_id, opener_id) references staff, foreign key (firm_id, closer_id) references staff);
create table " odd ""one"" {{" ("in	tab" int primary key, " x " text, "two
lines" text);
comment on table " odd ""one"" {{" is E'first\r\nsecond';
comment on column " odd ""one"" {{"." x " is E'a bell\x07';
create table settled (id int primary key) frobnicated;
