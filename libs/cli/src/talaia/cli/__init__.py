"""The `talaia` command."""
