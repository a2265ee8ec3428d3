"""A silence on its way: checked, written to the bus, and waited for until the worker has judged it."""

import asyncio
import time
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from msgspec import UNSET
from sqlmodel import Session

from talaia.alerts.api.acting import SOURCE, WAIT_S
from talaia.alerts.api.alertmanager_answers import GettableSilence, MatcherAnswer, PostableSilence, SilenceStatus
from talaia.alerts.api.desk import Desk
from talaia.alerts.ingest.external import Misfit, area_of
from talaia.alerts.view import queries
from talaia.alerts.view import silences as asked
from talaia.alerts.view.silences import Held
from talaia.contracts.catalogue import ACTS
from talaia.contracts.silences import Matcher, Silence, Silenced, Unsilence, Unsilenced
from talaia.stream.processor import Message
from talaia.web.principal import Principal
from talaia.web.problem import Problem, not_found

KEPT = timedelta(hours=120)
"""For how long a silence that is over is still listed, as in Alertmanager."""
POSITION = "control"
_ORDER = ("active", "pending", "expired")
CURES = {
    "role": "An operator may silence.",
    "reason": "A silence needs a comment that says why.",
    "end": "A silence ends after its start, and after now.",
    "limit_of_role": "An operator silences for up to 8 hours, a supervisor for up to 72.",
    "matchers_too_long": "The matchers have more than 6,000 bytes: make several silences.",
    "matcher": "A pattern is no regular expression that RE2 can read.",
    "matches_everything": "A silence needs one matcher at least that does not fit what has no label.",
    "unknown_silence": "That silence is over already, or never was: make a new one.",
    "too_many_silences": "This area has 200 silences: end one first.",
}
"""Why the worker refuses a silence, and what to do."""


def held(desk: Desk, session: Session) -> tuple[datetime, dict[str, Held]]:
    """Which time it is, and the silences that are listed then."""
    now = desk.now(queries.sources(session))
    return now, asked.silences(session, now - KEPT)


def told(one: Held, now: datetime) -> GettableSilence:
    """A silence as an answer. createdBy: the name that was given, and that of the key or token."""
    said = one.silence
    return GettableSilence(
        id=said.silence_id,
        status=SilenceStatus.model_validate({"state": one.state(now)}),
        updatedAt=one.updated_at,
        matchers=[
            MatcherAnswer(name=each.name, value=each.value, isRegex=each.is_regex, isEqual=each.is_equal)
            for each in said.matchers
        ],
        startsAt=min(said.starts_at, one.ends_at),
        endsAt=one.ends_at,
        createdBy=f"{said.author} ({said.who})" if said.author not in ("", said.who) else said.who,
        comment=said.comment,
    )


def in_order(silences: list[GettableSilence]) -> list[GettableSilence]:
    """What is active, by its end; what will be, by its start; what was, the last one first."""
    silences.sort(key=lambda one: (one.startsAt if one.status.state == "pending" else one.endsAt, one.id))
    over = [one for one in silences if one.status.state == "expired"]
    return sorted((one for one in silences if one not in over), key=lambda one: _ORDER.index(one.status.state)) + over[::-1]


async def silence(desk: Desk, who: Principal, body: PostableSilence) -> tuple[str, bool]:
    """Send a silence; its id, and whether the worker has judged it. Raises Problem and BusUnavailable."""
    area, now, replaces = await asyncio.to_thread(_placed, desk, body)
    silence_id = str(uuid4())
    data = Silence(
        silence_id=silence_id,
        matchers=[Matcher(name=one.name, value=one.value, is_regex=one.isRegex, is_equal=one.isEqual) for one in body.matchers],
        starts_at=max(body.startsAt, now),
        ends_at=body.endsAt,
        comment=body.comment,
        who=who.name,
        role=who.role,
        position=POSITION,
        author=body.createdBy.removesuffix(f" ({who.name})"),
        replaces=replaces or UNSET,
    )
    act_id = _act_id(silence_id, "silence")
    event = Silenced(id=act_id, source=SOURCE, time=now, recordedtime=now, data=data)
    await desk.sender.send([Message(ACTS, area, event)])
    return silence_id, await _judged(desk, act_id)


async def unsilence(desk: Desk, who: Principal, silence_id: UUID) -> bool:
    """End a silence before its time; whether the worker has judged it. Raises Problem and BusUnavailable."""
    one, now = await asyncio.to_thread(_found, desk, str(silence_id))
    if one.state(now) == "expired":
        return True
    data = Unsilence(silence_id=str(silence_id), who=who.name, role=who.role, position=POSITION)
    act_id = _act_id(str(silence_id), "unsilence")
    event = Unsilenced(id=act_id, source=SOURCE, time=now, recordedtime=now, data=data)
    await desk.sender.send([Message(ACTS, one.area, event)])
    return await _judged(desk, act_id)


def _act_id(silence_id: str, what: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"talaia:{what}:{silence_id}"))


def _placed(desk: Desk, body: PostableSilence) -> tuple[str, datetime, str | None]:
    """Area of a silence, the time, and the silence that it replaces. Raises Problem."""
    labels = {one.name: one.value for one in body.matchers if one.isEqual and not one.isRegex}
    with desk.view.session() as session:
        now, known = held(desk, session)
        replaced = known.get(body.id)
        if body.id and replaced is None:
            raise not_found("silence")
        try:
            area = replaced.area if replaced else area_of(labels, asked.areas(session))
        except Misfit as misfit:
            raise Problem(409, "silence_area", str(misfit).replace("the label", "a matcher of the label")) from None
    standing = replaced is not None and replaced.state(now) != "expired"
    return area, now, body.id if standing else None


def _found(desk: Desk, silence_id: str) -> tuple[Held, datetime]:
    with desk.view.session() as session:
        now, known = held(desk, session)
    if silence_id not in known:
        raise not_found("silence")
    return known[silence_id], now


async def _judged(desk: Desk, act_id: str) -> bool:
    """Whether the worker took it, within a second. Raises Problem when it refused."""
    end = time.monotonic() + WAIT_S
    while True:
        seen = desk.view.changes.latest
        entry = await asyncio.to_thread(_look, desk, act_id)
        if entry is not None:
            refused = entry[0]
            if refused is not None:
                raise Problem(409, "silence_refused", CURES.get(refused, f"The silence breaks the rule {refused}."))
            return True
        left_s = end - time.monotonic()
        if left_s <= 0 or desk.view.changes.closed:
            return False
        await desk.view.changes.wait(seen, left_s)


def _look(desk: Desk, act_id: str) -> tuple[str | None] | None:
    with desk.view.session() as session:
        entry = asked.judged(session, act_id)
        return None if entry is None else (entry.refused,)
