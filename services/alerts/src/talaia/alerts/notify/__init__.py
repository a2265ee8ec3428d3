"""From here to the outside: what was decided is told to people and programs."""
