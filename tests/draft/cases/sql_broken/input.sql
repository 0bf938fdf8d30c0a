create table a (id int primary key, t text default 'x')

create table b (id int primary key, a_id int references a);
comment on table a is 'it's broken';
create table c (id int primary key, t text default 'x');
create table d (id int primary key, t text default 'unterminated);
create table e (id int primary key, t text);
create table f (id int primary key, "bad text);
create table g (id int primary key);
select id into h from g;
create table i (id int primary key;
create table j (id int, id int);
create table k (id int primary key, foreign key (x) references a);
create table l (id int, , x int);
creat table m (id int);
create table n ( id int primary key /* unclosed
