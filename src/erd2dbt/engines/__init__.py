"""The supported warehouses, one module each: what each prints, accepts and can do."""
