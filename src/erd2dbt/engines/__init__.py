"""The warehouses that a project is generated for: what each one prints, takes and can do, one module an engine."""
