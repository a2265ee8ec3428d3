"""The worker's step over a recording: its files, and what another register would have made of it."""
