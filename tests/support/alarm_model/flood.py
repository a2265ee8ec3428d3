"""Who rings, and flood mode of a position."""

from dataclasses import dataclass, field

from support.alarm_model.alarm import MINUTE, Alarm

TEN_MINUTES = 10 * MINUTE
NAMES = {"new_activation": "new", "re_alarm": "risen", "repeat": "repeated", "released": "released"}


def later_than(times: list[int], start: int) -> int:
    return sum(at > start for at in times)


@dataclass
class Desk:
    """What one position heard and wanted, and whether it is in a flood."""

    announced: list[int] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)
    flood: bool = False

    def free_at(self) -> int:
        """When the next slot of flood mode is free."""
        last = self.announced[-1] + MINUTE if self.announced else 0
        return max(last, self.announced[-10] + TEN_MINUTES) if len(self.announced) >= 10 else last

    def asks(self, now: int, waiting: bool, exempt: bool) -> None:
        """Flood mode goes off and on as of a bell that wants to ring now; an exempt kind counts, and starts none."""
        if self.flood and not waiting and later_than(self.wanted, now - TEN_MINUTES) < 5:
            self.flood = False
        many = later_than(self.announced, now - MINUTE) >= 5 or later_than(self.announced, now - TEN_MINUTES) >= 10
        if many and not exempt:
            self.flood = True
        self.wanted.append(now)

    def full(self, now: int) -> bool:
        return self.flood and now < self.free_at()


def waits(alarm: Alarm, now: int) -> bool:
    return alarm.waits_since is not None and now < alarm.waits_since + TEN_MINUTES and alarm.suppressed() is None


def ring(alarm: Alarm, event: str, desk: Desk, now: int, waiting: bool) -> tuple[str | None, str | None]:
    """(announced, silent) of a bell that the event asks for."""
    if event == "released" and (alarm.suppressed() or alarm.unheard is None):
        return None, None
    silent = alarm.suppressed()
    if silent:
        alarm.unheard = NAMES[event]
        return None, silent
    alarm.unheard, alarm.waits_since = None, None
    if alarm.kind.diagnostic:
        return None, "diagnostic"
    if alarm.handed >= alarm.priority:
        return None, "handed_over"
    if alarm.chattering and alarm.heard_at() >= alarm.priority:
        return None, "chattering"
    desk.asks(now, waiting, alarm.kind.exempt_from_flood)
    if desk.full(now) and not alarm.kind.exempt_from_flood:
        alarm.unheard, alarm.waits_since = NAMES[event], now
        return None, "flood"
    told(alarm, desk, now)
    return NAMES[event], None


def told(alarm: Alarm, desk: Desk, now: int) -> None:
    desk.announced.append(now)
    alarm.heard = max(alarm.heard, alarm.priority)
    alarm.unheard, alarm.waits_since = None, None
