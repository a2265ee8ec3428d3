"""What is shown and asked over HTTP."""
