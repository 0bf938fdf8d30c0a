-- MySQL dump 10.13  Distrib 8.0.36
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop`;
USE `shop`;
DROP TABLE IF EXISTS `Customers`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `Customers` (
  `customerId` int unsigned NOT NULL AUTO_INCREMENT COMMENT 'who buys; it''s theirs',
  `email` varchar(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `kind` enum('private','it''s a firm') NOT NULL DEFAULT 'private',
  `tags` set('a','b') DEFAULT NULL,
  `is_vip` tinyint(1) NOT NULL DEFAULT '0', # a flag
  `born` year DEFAULT NULL,
  `changed` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  `full_name` varchar(100) GENERATED ALWAYS AS (concat(`email`,' ',`kind`)) STORED /*!80023 INVISIBLE */,
  PRIMARY KEY (`customerId`),
  UNIQUE KEY `uq_email` (`email`(100)) USING BTREE COMMENT 'once',
  KEY `by_kind` (`kind`,`born` DESC),
  FULLTEXT KEY `ft` (`email`)
) ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT="All customers"
/*!50100 PARTITION BY HASH (born) PARTITIONS 4 */;

INSERT INTO `Customers` VALUES (1,'a;b\'c',1),(2,"CREATE TABLE x (id int);",2);
CREATE TABLE IF NOT EXISTS orders (
  id bigint(20) unsigned NOT NULL,
  customerID int unsigned,
  total decimal(10,2) NOT NULL,
  note longtext,
  placed datetime(6) NOT NULL,
  took time,
  CHECK (total >= 0),
  CONSTRAINT kinds CHECK (note IN ('x','y'))
);
ALTER TABLE orders
  ADD PRIMARY KEY (id), ADD KEY `c` (customerId),
  MODIFY id bigint(20) unsigned NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=4;
ALTER TABLE `orders` ADD CONSTRAINT `fk_c` FOREIGN KEY (`customerId`) REFERENCES `Customers` (`CustomerID`) ON DELETE SET NULL;
ALTER TABLE orders ADD COLUMN (a int, b int), ADD c int FIRST, ADD d int AFTER c, CHANGE a A2 varchar(5) COMMENT 'was a', DROP COLUMN b;
ALTER TABLE orders RENAME COLUMN c TO cc, COMMENT = 'one order';
DELIMITER $$
CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW BEGIN SET NEW.cc = 1; END$$
DELIMITER ;
CREATE TABLE lines LIKE orders;
CREATE UNIQUE INDEX u ON orders (placed, customerID);
CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `v` AS select 1 AS `x`;
CREATE TABLE `group` (`key` INT AUTO_INCREMENT KEY, `index` DOUBLE(10,2), `p` BIT(8) DEFAULT b'0', UNIQUE INDEX `once` (`index` ASC) VISIBLE);
CREATE UNIQUE INDEX again ON `group` (`p`);
DROP INDEX `once` ON `group`;
RENAME TABLE `group` TO `Groups`;
