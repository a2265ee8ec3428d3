"""`talaia status`: how the bus, its workers and its views are."""
