"""The diagram compared with the data: what is asked of the tables, in how few scans, and what the answers mean."""
