"""What is said when Kafka cannot be used."""


class BusUnavailable(RuntimeError):
    """Kafka did not answer, refused, or lacks a topic; the message says which and what to do."""


class BusLacks(BusUnavailable):
    """Kafka answered, and lacks a topic or does not give a right."""


class NotAccepted(BusUnavailable):
    """Kafka answered, and does not take the user or its password."""
