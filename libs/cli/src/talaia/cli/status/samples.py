"""How far workers are, by offsets and by single records: the first and the last of what waits, and the newest rejects."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from talaia.cli.plain import plain
from talaia.cli.rejects.record import facts
from talaia.cli.status.report import Rejects
from talaia.stream.connection import connection
from talaia.stream.settings import BusSettings

_READ_S = 5.0
_POLL_MS = 100
_FETCH_BYTES = 65_536
Places = Sequence[TopicPartition]


class _Dated(msgspec.Struct):
    recordedtime: datetime


_dated = msgspec.json.Decoder(_Dated).decode


class Offsets(NamedTuple):
    """What the broker says of places: the offsets it still has, and the first unsettled one where a worker reads."""

    starts: Mapping[TopicPartition, int]
    ends: Mapping[TopicPartition, int]
    settled: Mapping[TopicPartition, int]

    def waiting(self, places: Places) -> Places:
        """Where something is not settled."""
        return [place for place in places if place in self.settled and self.settled[place] < self.ends[place]]

    def filled(self, places: Places) -> Places:
        """Where there is anything."""
        return [place for place in places if self.starts[place] < self.ends.get(place, 0)]


class Samples:
    """Reads a record or two of each place that needs it, when it is made. None: the broker did not say."""

    def __init__(self, settings: BusSettings, offsets: Offsets, rejected: Places) -> None:
        self._offsets = offsets
        waiting = offsets.waiting(list(offsets.settled))
        self._first = _read(settings, {place: offsets.settled[place] for place in waiting})
        self._last = _read(settings, {place: offsets.ends[place] - 1 for place in (*waiting, *offsets.filled(rejected))})

    def lag_events(self, places: Places) -> int | None:
        """Unsettled events."""
        if not all(place in self._offsets.settled for place in places):
            return None
        return sum(self._offsets.ends[place] - self._offsets.settled[place] for place in self._offsets.waiting(places))

    def lag_s(self, places: Places) -> float | None:
        """Stream seconds between first and last unsettled event, of the slowest place."""
        lags = []
        for place in self._offsets.waiting(places):
            first, last = _recorded(self._first.get(place)), _recorded(self._last.get(place))
            if first is not None and last is not None:
                lags.append((last - first).total_seconds())
        return max(lags, default=0.0 if self.lag_events(places) == 0 else None)

    def waiting_s(self, places: Places, now: datetime) -> float | None:
        """Seconds since the oldest unsettled event came to the broker."""
        came = [_at(self._first[place]) for place in self._offsets.waiting(places) if place in self._first]
        if came:
            return max((now - min(came)).total_seconds(), 0.0)
        return 0.0 if self.lag_events(places) == 0 else None

    def rejects(self, places: Places) -> Rejects | None:
        """Count and newest."""
        starts, ends = self._offsets.starts, self._offsets.ends
        if not all(place in starts and place in ends for place in places):
            return None
        newest = max((self._last[place] for place in places if place in self._last), key=_at, default=None)
        return Rejects(
            count=sum(ends[place] - starts[place] for place in places),
            newest_reason="" if newest is None else plain(facts(newest)["reason"]),
            newest_at=None if newest is None else _at(newest),
        )


def _read(settings: BusSettings, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, Any]:
    """The record at or after each offset, as far as they come in time."""
    found: dict[TopicPartition, Any] = {}
    if not offsets:
        return found
    consumer = KafkaConsumer(
        **connection(settings),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=_POLL_MS,
    )
    try:
        consumer.assign(list(offsets))
        for place, offset in offsets.items():
            consumer.seek(place, offset)
        deadline = time.monotonic() + _READ_S
        while len(found) < len(offsets) and time.monotonic() < deadline:
            for place, records in consumer.poll(timeout_ms=_POLL_MS).items():
                found.setdefault(place, records[0])
                consumer.pause(place)
    except (KafkaError, OSError, UnicodeDecodeError):
        pass  # what was not read stays unknown; kafka-python fails at a header name that is no text
    finally:
        consumer.close(autocommit=False)
    return found


def _at(record: Any) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def _recorded(record: Any) -> datetime | None:
    try:
        return _dated(record.value).recordedtime.astimezone(UTC) if record is not None else None
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError, OverflowError):
        return None
