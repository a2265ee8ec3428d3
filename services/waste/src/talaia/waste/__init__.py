"""Waste water: quality control and overflow forecasts."""
