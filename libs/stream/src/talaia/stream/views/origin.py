"""What a view was made from: the ids of its topics tell a topic that was deleted and made anew from the one it was."""

from collections.abc import Sequence

from talaia.stream.preflight import topic_ids
from talaia.stream.rights import Right, reading
from talaia.stream.settings import BusSettings
from talaia.stream.views.store import Places, Store
from talaia.stream.views.tables import ViewPlace
from talaia.stream.views.view import View


class MadeAnew(RuntimeError):
    """A topic is not the one that the view was made from; the message names the cure."""

    def __init__(self, topic: str, view: View) -> None:
        super().__init__(f"topic {topic} was deleted and made anew: run `talaia rebuild {view.name}`")


def begun(view: View, store: Store, settings: BusSettings, rights: Sequence[Right] = ()) -> Places:
    """The places of all partitions, begun where they were not. rights: needed besides reading the view's topics. It blocks.

    Raises MadeAnew, BusUnavailable, Stop, and SQLAlchemyError when the database is away.
    """
    found = topic_ids(settings, view.topics, tuple(dict.fromkeys((*reading(view.topics), *rights))))
    places = store.places()
    for place in places.values():
        if place.topic in found and place.topic_id != found[place.topic]:
            raise MadeAnew(place.topic, view)
    wanted = [(topic.name, partition) for topic in view.topics for partition in range(topic.partitions)]
    store.begin([ViewPlace(topic=topic, partition=n, topic_id=found[topic]) for topic, n in wanted if (topic, n) not in places])
    return store.places()
