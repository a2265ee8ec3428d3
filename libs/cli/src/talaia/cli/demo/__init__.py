"""A recorded storm night, from the sensors to the operator and back, and a count of all of it."""
