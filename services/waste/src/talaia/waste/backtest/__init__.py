"""The worker's steps over a recording, and the files they are scored by."""
