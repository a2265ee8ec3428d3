"""The fold of one partition: pure, the same on Kafka and in memory."""
