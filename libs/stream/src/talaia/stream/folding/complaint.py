"""What the bus says of a source that is above its limit of rejects: a signal to the operators of an area."""

from hashlib import blake2b
from uuid import NAMESPACE_URL, uuid5

from msgspec import UNSET

from talaia.contracts.alerts import Evidence, Location, Signal, Signalled, Threshold
from talaia.contracts.catalogue import SIGNALS
from talaia.contracts.vocabulary import SignalState
from talaia.stream.folding.sources import IN_A_ROW, MOST_IN_WINDOW, UNKNOWN, VALID, WINDOW, Complaint, Watched
from talaia.stream.processor import Cause, Message

KIND = "system.source_rejected"
UNKNOWN_NAME = "unknown source"
_RULE_VERSION = "1"
_NAMESPACE = uuid5(NAMESPACE_URL, "talaia:rejects")
_GUIDANCE = (
    "Its data is missing here. See what is wrong with it: `talaia rejects list`, `talaia rejects show POSITION`. Repair the "
    "sender, or install the release that reads it; then send what was rejected again: `talaia rejects redrive --source SOURCE`."
)
_GUIDANCE_UNKNOWN = (
    "Somebody writes what names no source that can be read, or too many sources are rejected to be told apart. See what it "
    "is: `talaia rejects list`, `talaia rejects show POSITION`. Find who may write the topic, and repair or stop it."
)


def signal(reader: str, complaint: Complaint, cause: Cause) -> Message:
    """A complaint of a reader as an event."""
    watched, name = complaint.watched, shown(complaint.source)
    assert watched.area is not None
    digest = blake2b(complaint.source.encode(), digest_size=8).hexdigest()
    condition = f"{KIND}/{reader}/{cause.partition}/{digest}"
    over = complaint.state is SignalState.ENDED
    event = Signalled(
        id=str(uuid5(_NAMESPACE, f"{condition}|{complaint.state.value}|{complaint.cause}")),
        source=f"talaia/{reader}",
        subject=name,
        time=complaint.at,
        recordedtime=complaint.at,
        sequence=cause.sequence,
        cause=str(cause),
        data=Signal(
            condition_id=condition,
            kind=KIND,
            subject=name,
            location=Location(site=name),
            state=complaint.state,
            sequence=int(cause.sequence) + 1,
            expires_at=UNSET if over else complaint.at + VALID,
            evidence=_evidence(watched),
            guidance=_GUIDANCE_UNKNOWN if complaint.source == UNKNOWN else _GUIDANCE,
        ),
    )
    return Message(SIGNALS, watched.area, event)


def shown(source: str) -> str:
    """A source's name as people may see it: a stranger may have chosen it."""
    return "".join(letter if letter.isprintable() else "?" for letter in source) or UNKNOWN_NAME


def _evidence(watched: Watched) -> Evidence:
    recent = [number for number in watched.rejects if number > watched.rejects[-1] - WINDOW]
    reasons = sorted(watched.reasons.items(), key=lambda item: (-item[1], item[0]))
    return Evidence(
        rule=KIND,
        rule_version=_RULE_VERSION,
        thresholds=[
            Threshold(name="rejects in a row", value=IN_A_ROW, unit="records"),
            Threshold(name=f"rejects of the last {WINDOW}", value=MOST_IN_WINDOW, unit="records"),
        ],
        facts={
            "rejected": float(watched.total),
            f"of the last {WINDOW}, at least": float(len(recent)),
            "reasons": ", ".join(f"{reason} {count}" for reason, count in reasons),
        },
        positions=list(watched.positions),
    )
