"""Doors from the outside world to the bus."""
