"""Webhooks: every change of an alarm is sent to whoever subscribed, signed, in order, until it is taken."""
