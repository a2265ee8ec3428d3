"""What Kafka's refusal of a write or a read means, and what cures it."""

import contextlib
from collections.abc import Iterator

from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerClosed,
    ProducerFenced,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownTopicOrPartitionError,
)


class Refused(KafkaError):  # type: ignore[misc]
    """Kafka does not take what is written to a topic; the message says which, why and what to do."""

    def __init__(self, topic: str, error: KafkaError) -> None:
        super().__init__(_sentence(topic, error))

    def __str__(self) -> str:
        return str(self.args[0])


@contextlib.contextmanager
def told_of(topic: str) -> Iterator[None]:
    """Writing to a topic. Raises Refused; an end of the worker's right or of the worker itself is passed on."""
    try:
        yield
    except (ProducerClosed, ProducerFenced):
        raise
    except KafkaError as error:
        raise Refused(topic, error) from None


def _sentence(topic: str, error: KafkaError) -> str:
    match error:
        case TopicAuthorizationFailedError():
            return f"Kafka does not let this worker WRITE topic {topic}: grant it"
        case TransactionalIdAuthorizationFailed():
            return f"Kafka does not let this worker WRITE transactional id {topic}-*: grant it"
        case MessageSizeTooLargeError() | RecordListTooLargeError():
            return f"topic {topic} takes only smaller record batches than the catalogue says: run `talaia topics apply`"
        case UnknownTopicOrPartitionError():
            return f"Kafka has no topic {topic}: run `talaia topics apply`"
    return f"Kafka does not take what is written to topic {topic} ({type(error).__name__})"


def why_not_read(error: BaseException) -> str:
    """Why an input or the group gives nothing."""
    match error:
        case TopicAuthorizationFailedError():
            return f"Kafka does not let this worker READ topic {error.args[0]}: grant it"
        case GroupAuthorizationFailedError():
            return f"Kafka does not let this worker READ group {error.args[0]}: grant it"
    return f"{type(error).__name__}: {error}"
