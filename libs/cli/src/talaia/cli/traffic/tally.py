"""What was found on one topic: counts, and the first places of each kind. As large as there are kinds, whatever comes."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from talaia.cli.traffic.contract import Found
from talaia.contracts.catalogue import Topic

EXAMPLES = 3
_DAY_S = 86_400
UNKNOWN = "unknown field"


class Tally:
    """Of one topic. violations: by reason; unknown: records with fields that the contract does not name."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.records = self.broken = self.unknown = 0
        self.violations: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}
        self._ahead: list[timedelta] = []

    def take(self, partition: int, offset: int, found: Found) -> None:
        """Count one record."""
        place = f"{self.topic.name}/{partition}/{offset}"
        self.records += 1
        self.broken += bool(found.violations)
        for reason, detail in found.violations:
            self.violations[reason] += 1
            self._remember(reason, f"{place}: {detail}")
        if found.unknown:
            self.unknown += 1
            self._remember(UNKNOWN, f"{place}: {', '.join(found.unknown)}")
        if found.ahead is not None:
            self._ahead = [min(*self._ahead, found.ahead), max(*self._ahead, found.ahead)] if self._ahead else [found.ahead] * 2

    def lines(self) -> Iterator[str]:
        """The report on this topic."""
        yield f"{self.topic.name}: {self.records:,} records{self._skew()}"
        for reason, count in self.violations.most_common():
            yield from self._kind(f"{count:,} x {reason}", reason)
        if self.unknown:
            yield from self._kind(f"{self.unknown:,} x {UNKNOWN} (allowed: a newer release, or a misspelt one)", UNKNOWN)

    def _kind(self, heading: str, kind: str) -> Iterator[str]:
        yield f"  {heading}"
        yield from (f"    {example}" for example in self._examples[kind])

    def _remember(self, kind: str, example: str) -> None:
        examples = self._examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(example)

    def _skew(self) -> str:
        if not self._ahead:
            return ""
        least_s, most_s = (ahead.total_seconds() for ahead in self._ahead)
        if most_s < -_DAY_S:
            return f", recorded {-most_s / _DAY_S:,.0f} days and more before Kafka's timestamp, as in a replay"
        return f", recordedtime {least_s:+,.1f} to {most_s:+,.1f} s from Kafka's timestamp"
