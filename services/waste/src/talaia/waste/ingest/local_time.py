"""Times without an offset, as SCADA systems write them: local, with an hour that is missing in spring and twice in autumn."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class NoSuchTime(ValueError):
    """What is written is no time, or none that a clock of the zone ever showed."""


class LocalTimes:
    """The times of one table. format: as of `strptime`, ISO 8601 if empty. zone: None where only times with an offset are known.

    The hour that comes twice is decided by the order within a name (a tag): the first of its two moments that is not before
    the name's last one. So a table in order of time is read right, but for a name that begins, or was silent since before,
    in the second of the two hours: that is taken for the first.
    """

    def __init__(self, zone: ZoneInfo | None, format: str = "") -> None:
        self._zone = zone
        self._format = format
        self._last: dict[str, datetime] = {}

    def moment(self, name: str, written: str) -> datetime:
        """The moment, UTC, of a written time. Raises NoSuchTime."""
        time = self._read(written.strip())
        moment = time.astimezone(UTC) if time.tzinfo is not None else self._local(name, time)
        self._last[name] = moment
        return moment

    def _read(self, written: str) -> datetime:
        try:
            return datetime.strptime(written, self._format) if self._format else datetime.fromisoformat(written)  # noqa: DTZ007
        except ValueError:
            shape = self._format or "2026-09-14T02:10:00"
            raise NoSuchTime(f"{written[:40]!a} is no time as {shape}: name the table's time_format") from None

    def _local(self, name: str, time: datetime) -> datetime:
        if self._zone is None:
            raise NoSuchTime(f"{time.isoformat()} has no offset: name the zone of these times in the city file")
        try:
            first, second = (time.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        except OverflowError:
            raise NoSuchTime(f"{time.isoformat()} is out of range: check the clock that wrote it") from None
        if first.astimezone(self._zone).replace(tzinfo=None, fold=0) != time:
            raise NoSuchTime(f"{time.isoformat()} was never shown in {self._zone.key}: clocks went forward; check the zone")
        last = self._last.get(name)
        return second if last is not None and first < last <= second else first
