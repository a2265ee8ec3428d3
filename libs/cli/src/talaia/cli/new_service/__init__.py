"""`talaia new-service`: a service with all its rooms, from the template in the repository."""
