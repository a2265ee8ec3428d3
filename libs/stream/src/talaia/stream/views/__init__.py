"""An API's tables: rows and offsets in one transaction."""
