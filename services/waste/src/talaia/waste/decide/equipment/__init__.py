"""Pumps and their power, one rule a file: what fails, what wears, what is used wrongly."""
