-- unquoted names are in lower case in the database; their capitals tell the words
create table SalesOrderHeader (
  SalesOrderID serial primary key,
  CustomerID int not null references tbl_Customer,
  HTTPStatus int,
  "shipToURLs" text[]
);
create table tbl_Customer (CustomerID int primary key, "userId" text, user_id text, unique ("userId", user_id));
create table "ContestTaskPair" (
  "taskTableId" text,
  "contestId" int references tbl_Customer (CustomerID),
  primary key ("taskTableId", "contestId")
);
alter table "ContestTaskPair" add column OldName int;
alter table "ContestTaskPair" rename column OldName to NewName;
