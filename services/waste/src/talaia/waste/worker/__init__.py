"""Bus to decide to bus."""
