"""Writes what was read into a view; a record that its database cannot take is skipped, and stops nobody."""

import logging

from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    TimeoutError,
)

from talaia.stream.collector import no_collection
from talaia.stream.views.arrivals import Arrivals, Ends, Records
from talaia.stream.views.store import Places, Store
from talaia.stream.views.tables import ViewHead

AWAY = (OperationalError, InterfaceError, InternalError, TimeoutError)
"""The database is away, whatever it is given."""
REFUSED = (DataError, IntegrityError, OverflowError, ValueError)
"""The database, or the way there, does not take a value."""
_log = logging.getLogger(__name__)


def take(store: Store, arrivals: Arrivals, head: ViewHead, places: Places, records: Records, ends: Ends) -> None:
    """Write records up to their ends, in one transaction if the database takes them all. It blocks.

    What it refuses is sought by halves, and counts as unreadable. Raises Overtaken, SQLAlchemyError.
    """
    try:
        with no_collection():
            taken, read = arrivals.read(records, ends)
            store.take(head, places, taken, read)
    except REFUSED as why:
        if not read:
            raise
        if len(read) == 1 and sum(map(len, records.values())) == 1:
            (partition, (record,)) = next((partition, some) for partition, some in records.items() if some)
            where = {"topic": read[0].topic.name, "partition": partition.partition, "offset": record.offset}
            _log.warning("skipped a record that the view's database does not take", extra=where | {"reason": type(why).__name__})
            skipped = [some._replace(clock=None, readable=0, unreadable=some.readable + some.unreadable) for some in taken]
            store.take(head, places, skipped, [])
            return
        for half, half_ends in halves(records, ends):
            take(store, arrivals, head, places, half, half_ends)


def halves(records: Records, ends: Ends) -> tuple[tuple[Records, Ends], tuple[Records, Ends]]:
    """The same in two parts, each with half of the records; a partition's order stays."""
    room = sum(map(len, records.values())) // 2
    first, second, until, rest = {}, {}, {}, dict(ends)
    for partition, some in records.items():
        before, after = some[:room], some[room:]
        room -= len(before)
        if after:
            second[partition] = after
        if before:
            first[partition] = before
            until[partition] = after[0].offset if after else rest.pop(partition)
    return (first, until), (second, rest)
