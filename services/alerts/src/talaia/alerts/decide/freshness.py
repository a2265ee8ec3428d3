"""Region freshness: is what we know of the condition still known; silence marks, and never clears."""

from talaia.alerts.decide.turn import Effect, Region, Turn, always, note, nothing
from talaia.alerts.model.inputs import Details, Word
from talaia.contracts.vocabulary import SignalState

STANDING = ("on_delay", "active")


def stands(turn: Turn) -> bool:
    """The condition is there, as far as anybody knows."""
    return turn.alarm.standing.condition in STANDING


def _not_standing(turn: Turn) -> bool:
    return not stands(turn)


def _listed(turn: Turn) -> bool:
    assert turn.alive is not None
    return turn.alarm.condition_id in turn.alive.open


def _not_listed(turn: Turn) -> bool:
    return not _listed(turn)


def _last_word_older(turn: Turn) -> bool:
    assert turn.alive is not None
    return turn.alarm.memory.last_word_at < turn.alive.time


def _not_expired(turn: Turn) -> bool:
    expires_at = turn.alarm.standing.expires_at
    return expires_at is None or expires_at > turn.now


def _restart_expiry(turn: Turn) -> None:
    """Each word sets the expiry anew; it runs while the condition stands."""
    assert turn.word is not None
    expires_at = turn.word.expires_at
    turn.stands(expires_at=expires_at)
    if expires_at is not None and stands(turn):
        turn.start("expired", max(expires_at, turn.now))
    else:
        turn.stop("expired")


def _apply(state: SignalState) -> Effect:
    """Effect: what the source says of all its conditions together is taken as a word of this one."""

    def applied(turn: Turn) -> None:
        alive, alarm = turn.alive, turn.alarm
        assert alive is not None
        known = alarm.standing.details
        turn.word = Word(
            id=alive.id,
            source=alive.source,
            time=alive.time,
            recorded_at=alive.recorded_at,
            condition_id=alarm.condition_id,
            kind=alarm.kind,
            subject=alarm.standing.subject,
            location=alarm.standing.location,
            state=state,
            details=Details(guidance=known.guidance, guidance_is_general=known.guidance_is_general),
        )
        turn.remembers(last_word_at=alive.time)
        turn.notes.append("reconciled")
        turn.raised.extend((state.value, "signal"))

    return applied


FRESHNESS = Region(
    name="freshness",
    guards={
        "condition on_delay or active": stands,
        "condition neither on_delay nor active": _not_standing,
        "among its open ones": _listed,
        "not among its open ones": _not_listed,
        "last word older than it": _last_word_older,
        "expires_at not passed": _not_expired,
        "otherwise": always,
    },
    effects={
        "none": nothing,
        "restart expiry": _restart_expiry,
        "note no_word_since": note("no_word_since"),
        "apply ended as reconciled": _apply(SignalState.ENDED),
        "apply changed as reconciled": _apply(SignalState.CHANGED),
    },
)
