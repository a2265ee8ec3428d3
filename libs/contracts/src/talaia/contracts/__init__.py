"""The words on Talaia's bus: events, topics, schemas, examples. No behaviour; imports nothing of ours."""
