"""Recordings onto the bus, in recorded order, at a chosen pace."""
