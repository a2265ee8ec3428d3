"""How the table is played: an event goes through the regions in order, what it raises follows, then rings what rings."""

import msgspec

from talaia.alerts.decide.acknowledgement import ACKNOWLEDGEMENT
from talaia.alerts.decide.annunciation import BELLS, annunciate
from talaia.alerts.decide.condition import CONDITION
from talaia.alerts.decide.design import DESIGN
from talaia.alerts.decide.freshness import FRESHNESS
from talaia.alerts.decide.service import SERVICE
from talaia.alerts.decide.shelf import SHELF
from talaia.alerts.decide.turn import Region, Turn
from talaia.alerts.model.outcomes import Look, Stands
from talaia.alerts.model.table import table

REGIONS: tuple[Region, ...] = (CONDITION, FRESHNESS, DESIGN, ACKNOWLEDGEMENT, SHELF, SERVICE)
"""In the order in which they take an event."""


def play(turn: Turn, *events: str) -> None:
    """Let the alarm take events, one after the other."""
    turn.raised.extend(events)
    while turn.raised:
        event = turn.raised.popleft()
        for region in REGIONS:
            _take(turn, region, event)
        if event in BELLS:
            turn.bell = event
    if turn.bell is not None:
        annunciate(turn, turn.bell)


def _take(turn: Turn, region: Region, event: str) -> None:
    rows = table().of(region.name, getattr(turn.alarm.standing, region.name), event)
    row = next((row for row in rows if all(region.guards[guard](turn) for guard in row.guards)), None)
    if row is None:
        return
    turn.rows.append(row.name)
    noted = len(turn.notes)
    for effect in row.effects:
        region.effects[effect](turn)
    if row.to != row.state:
        turn.stands(**{region.name: row.to})
        region.entered(turn, row)
    if row.journalled:
        turn.enter(
            region.name,
            event,
            state=row.state,
            to=row.to,
            refused=turn.refused,
            answer=turn.answer,
            notes=tuple(turn.notes[noted:]),
        )


def close(turn: Turn) -> None:
    """End the turn: the alarm's new version if it stands differently, its timer, and what the input came to."""
    ledger, before, alarm = turn.ledger, turn.before, turn.alarm
    changed = before is None or alarm.standing != before.standing
    if before is not None and changed:
        alarm = msgspec.structs.replace(alarm, version=before.version + 1, changed_at=turn.now)
    if alarm is not before:
        ledger.put_alarm(alarm)
    if changed:
        ledger.say(Stands(at=turn.now, cause=turn.cause, alarm=alarm, kind=turn.kind))
    ledger.look(
        Look(
            at=turn.now,
            cause=turn.cause,
            alarm_id=alarm.alarm_id,
            condition_id=alarm.condition_id,
            alarm=alarm,
            announced=turn.announced,
            silent=turn.silent,
            refused=turn.refused,
            answer=turn.answer,
            notes=tuple(turn.notes),
            rows=tuple(turn.rows),
        )
    )
