"""What the dry-weather level of a sewer says: a blockage, and water that seeps in."""
