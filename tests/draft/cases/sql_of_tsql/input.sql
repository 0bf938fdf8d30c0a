USE [Shop]
GO
SET ANSI_NULLS ON
GO
CREATE SCHEMA [Sales] AUTHORIZATION dbo
GO
CREATE TYPE [dbo].[Flag] FROM bit NOT NULL
GO
IF NOT EXISTS (SELECT * FROM sys.objects WHERE name = N'Customer')
BEGIN
CREATE TABLE [Sales].[Customer](
	[CustomerID] [int] IDENTITY(1,1) NOT FOR REPLICATION NOT NULL,
	[Email] [nvarchar](200) COLLATE Latin1_General_CI_AS NOT NULL CONSTRAINT [UQ_Email] UNIQUE NONCLUSTERED,
	[Kind] char(1) NOT NULL CONSTRAINT DF_Kind DEFAULT ('P') CHECK ([Kind] IN ('P', 'F')),
	[IsVip] [dbo].[Flag],
	[Photo] varbinary(max) NULL,
	[Guid] uniqueidentifier ROWGUIDCOL DEFAULT (newid()),
	[FullName] AS ([Email] + N' ' + [Kind]) PERSISTED NOT NULL,
	[Price] money SPARSE NULL, Weight float, ratio float(24), at datetime2(7), atz datetimeoffset(7),
	[Secret] nvarchar(max) MASKED WITH (FUNCTION = 'default()') NULL,
	[From] datetime2 GENERATED ALWAYS AS ROW START HIDDEN NOT NULL,
	PERIOD FOR SYSTEM_TIME ([From], [To]),
 CONSTRAINT [PK_Customer] PRIMARY KEY CLUSTERED 
(
	[CustomerID] ASC
)WITH (PAD_INDEX = OFF, IGNORE_DUP_KEY = OFF) ON [PRIMARY]
) ON [PRIMARY] TEXTIMAGE_ON [PRIMARY]
END
GO
CREATE TABLE orders (
  id int NOT NULL PRIMARY KEY NONCLUSTERED,
  customerid int NOT NULL FOREIGN KEY REFERENCES sales.customer(customerid) ON DELETE CASCADE,
  amount decimal, qty smallint, note ntext,
  INDEX ix NONCLUSTERED (qty),
  UNIQUE NONCLUSTERED (qty ASC, amount DESC),
)
CREATE TABLE #tmp (x int)
ALTER TABLE orders ADD placed date NOT NULL, shipped date
GO
ALTER TABLE [dbo].[Orders]  WITH NOCHECK ADD  CONSTRAINT [FK_o] FOREIGN KEY([qty])
REFERENCES [Sales].[Customer] ([CustomerID])
GO
ALTER TABLE [dbo].[orders] CHECK CONSTRAINT [FK_o]
GO
ALTER TABLE orders ALTER COLUMN qty int NULL
ALTER TABLE orders ADD CONSTRAINT df DEFAULT (1) FOR qty
ALTER TABLE orders DROP COLUMN shipped
GO
CREATE UNIQUE NONCLUSTERED INDEX u ON orders (placed) INCLUDE (qty) WHERE qty > 1
GO
EXEC sys.sp_addextendedproperty @name=N'MS_Description', @value=N'One row per customer; it''s all' , @level0type=N'SCHEMA',@level0name=N'Sales', @level1type=N'TABLE',@level1name=N'Customer'
GO
EXEC sp_addextendedproperty N'MS_Description', 'Where to write', 'SCHEMA', N'sales', 'TABLE', N'customer', 'COLUMN', N'EMAIL'
GO
CREATE PROCEDURE p AS BEGIN CREATE TABLE x (id int); SELECT 1; END
GO
CREATE VIEW v AS SELECT 1 AS a
GO
BEGIN TRANSACTION
CREATE TABLE dbo.[Order Details] (
  OrderID int NOT NULL CONSTRAINT FK_Order REFERENCES dbo.orders (id) ON DELETE CASCADE,
  [Desc] nvarchar(50) CONSTRAINT DF_Desc DEFAULT N'x' WITH VALUES, line tinyint NOT NULL,
  CONSTRAINT PK_Detail PRIMARY KEY NONCLUSTERED (OrderID ASC, line DESC) WITH (FILLFACTOR = 80) ON [PRIMARY],
  INDEX once UNIQUE CLUSTERED ([Desc])
) WITH (DATA_COMPRESSION = PAGE)
COMMIT
EXEC sp_rename 'dbo.orders.id', 'order_id', 'COLUMN'
SELECT * INTO dbo.copy FROM dbo.orders
DECLARE @t TABLE (id int)
GO
