"""What nobody sees in passing who looks after the bus: personal data, and all data of a restricted topic."""

from talaia.contracts.catalogue import Topic
from talaia.contracts.vocabulary import Access

WITHHELD = "withheld"


def hides_bytes(topic: Topic) -> bool:
    """Whether what could not be read of a topic is not shown: nobody knows where in it a person stands."""
    return topic.access is Access.RESTRICTED or topic.personal_data != "none"
