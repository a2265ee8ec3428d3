"""The batch lane: the fold on Kafka, inside Faust."""
