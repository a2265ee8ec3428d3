"""`talaia doctor`: what is wrong with this machine, this broker, these settings, and the cure."""
