"""What is: no input, no output."""
