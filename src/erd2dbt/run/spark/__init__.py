"""Spark in this process, with Iceberg tables in a folder."""
