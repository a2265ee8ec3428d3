"""`talaia rejects`: what workers could not read, why, and how it is sent again."""
