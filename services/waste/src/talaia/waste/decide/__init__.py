"""What follows: pure functions, one rule a file; step.py is the one door."""
