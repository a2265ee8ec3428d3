"""`talaia tail`: what stands on a topic, as it comes."""
