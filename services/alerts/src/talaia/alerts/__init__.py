"""Alerts: signals become alarms that a person can work with."""
