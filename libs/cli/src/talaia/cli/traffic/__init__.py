"""`talaia topics check --live`: what travels on the topics, compared with the contracts."""
