"""A view's database filled without a broker: what a projection does, from messages instead of records."""

from collections.abc import Sequence

from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.views.store import Store, Taken, ViewPlace
from talaia.stream.views.view import Arrival, View, position


def fill(view: View, url: str, messages: Sequence[Message]) -> None:
    """Take messages into the view as if they came from topics, in this order."""
    store = Store(view, url)
    head, places = store.open()
    if not places:
        store.begin(
            [ViewPlace(topic=topic.name, partition=n, topic_id="t") for topic in view.topics for n in range(topic.partitions)]
        )
        head, places = store.open()
    for message in messages:
        place = places[message.topic.name, partition_of(message.key.encode(), message.topic.partitions)]
        arrival = Arrival(message.topic, message.key, message.event, position(message.event, place.next_offset), head.change + 1)
        taken = Taken(place.topic, place.partition, place.next_offset + 1, message.event.recordedtime, 1, 0)
        store.take(head, places, [taken], [arrival])
    store.engine.dispose()
