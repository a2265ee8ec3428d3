"""Topics to tables, for reading."""
