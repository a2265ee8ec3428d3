"""Region condition: does the thing stand, after delays and the count rule."""

from datetime import timedelta

from talaia.alerts.decide import chatter, flood, incidents, suppression
from talaia.alerts.decide.ledger import after
from talaia.alerts.decide.turn import Region, Turn, note, nothing, raises, refuse
from talaia.alerts.model.identity import activation_id_of, alarm_id_of
from talaia.alerts.model.inputs import Details
from talaia.alerts.model.kind import higher
from talaia.alerts.model.parts import HandOverPart, hand_over_part
from talaia.contracts.vocabulary import Priority

NEWS_S = 600
"""A forecast that came true stays news for as long: the beginning of what it became is not rung again."""


def _priority(turn: Turn) -> Priority:
    """What the word says, never below the register; a word without one leaves it as it stands."""
    said = turn.word.priority if turn.word else None
    return turn.alarm.standing.priority if said is None else higher(turn.kind.priority, said)


def _beginnings_within(turn: Turn, this_one: int) -> int:
    assert turn.kind.count is not None
    since = turn.now - timedelta(seconds=turn.kind.count.within_s)
    return this_one + sum(at > since for at in turn.alarm.memory.beginnings)


def _fewer_with_this(turn: Turn) -> bool:
    return turn.kind.count is not None and _beginnings_within(turn, 1) < turn.kind.count.n


def _fewer(turn: Turn) -> bool:
    return turn.kind.count is not None and _beginnings_within(turn, 0) < turn.kind.count.n


def _no_on_delay(turn: Turn) -> bool:
    return turn.kind.on_delay_s == 0


def _on_delay(turn: Turn) -> bool:
    return turn.kind.on_delay_s > 0


def _higher_than_ever(turn: Turn) -> bool:
    return _priority(turn).rank > turn.alarm.memory.highest.rank


def _not_higher(turn: Turn) -> bool:
    return not _higher_than_ever(turn)


def _off_delay(turn: Turn) -> bool:
    return turn.kind.off_delay_s > 0


def _latching(turn: Turn) -> bool:
    return turn.kind.latching


def _not_latching(turn: Turn) -> bool:
    return not turn.kind.latching


def _acknowledged(turn: Turn) -> bool:
    return turn.alarm.standing.acknowledgement == "acknowledged"


def _unacknowledged(turn: Turn) -> bool:
    return not _acknowledged(turn)


def _count(turn: Turn) -> None:
    if turn.kind.count is not None:
        counted = (*turn.alarm.memory.beginnings, turn.now)[-turn.kind.count.n :]
        turn.remembers(beginnings=counted)


def _begin(turn: Turn) -> None:
    """A spell begins with the word: nothing of the one before stands."""
    word = turn.word
    assert word is not None
    turn.stands(
        subject=word.subject,
        location=word.location,
        priority=higher(turn.kind.priority, word.priority),
        details=word.details,
    )
    turn.remembers(spell_id=word.id, spell_at=word.time)


def _start_on_delay(turn: Turn) -> None:
    _begin(turn)
    turn.start("on_delay_over", after(turn.now, turn.kind.on_delay_s))


def _start_off_delay(turn: Turn) -> None:
    turn.start("off_delay_over", after(turn.now, turn.kind.off_delay_s))


def _stop_on_delay(turn: Turn) -> None:
    turn.stop("on_delay_over")


def _stop_off_delay(turn: Turn) -> None:
    turn.stop("off_delay_over")


def _update(turn: Turn) -> None:
    """The word tells more of the same spell; what it leaves out stays."""
    word = turn.word
    assert word is not None
    said, known = word.details, turn.alarm.standing.details
    telling = said if said.guidance else known
    turn.stands(
        subject=word.subject,
        location=word.location,
        priority=_priority(turn),
        details=Details(
            expected_at=said.expected_at or known.expected_at,
            probability=known.probability if said.probability is None else said.probability,
            evidence=said.evidence or known.evidence,
            guidance=telling.guidance,
            guidance_is_general=telling.guidance_is_general,
            labels=said.labels or known.labels,
        ),
    )


def _re_alarm(turn: Turn) -> None:
    turn.remembers(highest=turn.alarm.standing.priority)
    turn.raised.append("re_alarm")


def _returned(turn: Turn) -> None:
    flood.forget(turn)
    turn.remembers(unheard=False)
    turn.raised.append("returned")


def _new_activation(turn: Turn) -> None:
    """A spell that people hear of. What the one before was heard at still counts while the alarm is chattering."""
    if turn.word is not None:
        _begin(turn)
    flood.forget(turn)
    alarm = turn.alarm
    turn.stands(
        activation_id=activation_id_of(alarm.alarm_id, turn.alarm.memory.spell_id),
        activations=alarm.standing.activations + 1,
        began_at=turn.alarm.memory.spell_at,
        announced_at=None,
        verdict=None,
    )
    incidents.join(turn)
    chatter.count(turn)
    heard = turn.alarm.memory.heard if turn.alarm.standing.chattering else None
    turn.remembers(highest=turn.alarm.standing.priority, heard=heard, handed=_handed(turn), overdue=False, unheard=False)
    turn.raised.append("new_activation")


def _handed(turn: Turn) -> Priority | None:
    """What a forecast that came true was heard at; it counts for one activation."""
    name = hand_over_part(turn.alarm.alarm_id)
    part = turn.ledger.get(name)
    if not isinstance(part, HandOverPart):
        return None
    turn.ledger.end(name)
    return part.heard


def _hand_over(turn: Turn) -> None:
    """Leave what the forecast was heard at with the condition it became; who is hidden silences nobody."""
    word, heard = turn.word, turn.alarm.memory.heard
    if word is not None and word.became is not None:
        incidents.came_true(turn, word.became)
    if word is not None and word.became is not None and heard is not None and suppression.reason(turn) is None:
        became = alarm_id_of(turn.ledger.area, word.became)
        turn.ledger.put(hand_over_part(became), HandOverPart(heard=heard), after(turn.now, NEWS_S))
    turn.raised.append("hand_over")


CONDITION = Region(
    name="condition",
    guards={
        "count rule set and fewer than count_n beginnings within count_within_s (this one included)": _fewer_with_this,
        "count rule set and fewer than count_n beginnings within count_within_s": _fewer,
        "else on_delay_s = 0": _no_on_delay,
        "else on_delay_s > 0": _on_delay,
        "priority higher than ever in this activation": _higher_than_ever,
        "priority not higher": _not_higher,
        "off_delay_s > 0": _off_delay,
        "off_delay_s = 0 and latching": _latching,
        "off_delay_s = 0 and not latching": _not_latching,
        "latching": _latching,
        "not latching": _not_latching,
        "acknowledged": _acknowledged,
        "unacknowledged": _unacknowledged,
    },
    effects={
        "none": nothing,
        "count": _count,
        "update": _update,
        "new_activation": _new_activation,
        "re_alarm": _re_alarm,
        "reentry": raises("reentry"),
        "returned": _returned,
        "hand_over": _hand_over,
        "start on_delay": _start_on_delay,
        "stop on_delay": _stop_on_delay,
        "start off_delay": _start_off_delay,
        "stop off_delay": _stop_off_delay,
        "note missed_beginning": note("missed_beginning"),
        "note too_short": note("too_short"),
        "refuse not_latched": refuse("not_latched"),
        "refuse still_active": refuse("still_active"),
        "refuse acknowledge_first": refuse("acknowledge_first"),
    },
)
