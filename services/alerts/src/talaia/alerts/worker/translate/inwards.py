"""What the bus says in the words of the domain: signals, presence, acts, a register."""

import hashlib
from collections.abc import Sequence

from msgspec import UNSET

from talaia.alerts.model import inputs, kind
from talaia.alerts.model.incident import Near
from talaia.alerts.model.mask import Mask
from talaia.alerts.worker.fit import REASON_BYTES, fitted, labels_that_fit, short
from talaia.alerts.worker.translate.silences import silence, unsilence
from talaia.contracts import alerts, handovers
from talaia.contracts.envelope import Envelope
from talaia.contracts.register import Place, PriorityMatrix, Register, RegisterEntry
from talaia.contracts.silences import Silenced, Unsilenced
from talaia.contracts.vocabulary import Verb
from talaia.stream.processor import Rejected
from talaia.stream.translation import utc

TITLE_BYTES = 400
GUIDANCE_BYTES = 1_500
NAME_BYTES = 100
LONGEST_S = 366 * 86_400.0
LANGUAGE = "en"
LONGEST_AREA, MOST_SIGNALS = 100, 2**63  # characters, so that names made of it are names too; a number beyond could not be kept


def told(area: str, event: Envelope) -> inputs.Input:
    """An event in the domain's words. Raises Rejected."""
    if len(area) > LONGEST_AREA:
        raise Rejected("area_too_long", f"the record's key is an area, which has at most {LONGEST_AREA} characters")
    match event:
        case alerts.Signalled():
            return _word(event)
        case alerts.Alive():
            return inputs.Alive(
                id=event.id,
                source=event.source,
                time=utc(event.time),
                recorded_at=utc(event.recordedtime),
                release=event.data.release,
                open=frozenset(event.data.open),
                after=event.data.after or None,
                until=event.data.until or None,
            )
        case alerts.Acted():
            return _act(event)
        case handovers.HandoverPrepared():
            return _prepared(event)
        case handovers.HandoverSigned():
            return _signed(event)
        case Silenced():
            return silence(event)
        case Unsilenced():
            return unsilence(event)
        case alerts.PolicyConfigured():
            if event.data.area != area:
                raise Rejected("wrong_key", f"the register is of area {event.data.area}, the record's key is {area}")
            return _policy(event)
        case _:
            raise Rejected("unknown_event", f"{type(event).__name__} is no input of alerts")


def _word(event: alerts.Signalled) -> inputs.Word:
    data = event.data
    if data.sequence and data.sequence >= MOST_SIGNALS:
        raise Rejected("schema", "sequence is beyond 63 bits")
    return inputs.Word(
        id=event.id,
        source=event.source,
        time=utc(event.time),
        recorded_at=utc(event.recordedtime),
        condition_id=data.condition_id,
        kind=data.kind,
        subject=data.subject,
        location=inputs.Location(
            site=data.location.site,
            name=short(data.location.name, NAME_BYTES),
            lat=None if data.location.lat is UNSET else data.location.lat,
            lon=None if data.location.lon is UNSET else data.location.lon,
        ),
        state=data.state,
        sequence=data.sequence or None,
        priority=data.priority or None,
        expires_at=utc(data.expires_at) if data.expires_at else None,
        became=data.became or None,
        confirms=tuple(data.confirms),
        details=inputs.Details(
            expected_at=utc(data.expected_at) if data.expected_at else None,
            probability=None if data.probability is UNSET else data.probability,
            evidence=fitted(data.evidence) if data.evidence else b"",
            guidance=short(data.guidance or "", GUIDANCE_BYTES),
            guidance_is_general=data.guidance_is_general is True,
            labels=labels_that_fit(data.labels or {}),
        ),
    )


def _act(event: alerts.Acted) -> inputs.Act:
    data = event.data
    named = {Verb.RETIRE_SOURCE: data.retired_source, Verb.CLOSE_INCIDENT: data.incident, Verb.MERGE: data.incident and data.into}
    if not named.get(data.verb, data.incident and data.alarms if data.verb is Verb.SPLIT else data.alarms):
        raise Rejected("names_nothing", f"{data.verb} needs what it is done to: alarms, an incident (and the other), a source")
    return inputs.Act(
        id=event.id,
        source=event.source,
        verb=data.verb,
        alarms=tuple(data.alarms),
        who=data.who,
        role=data.role,
        position=data.position,
        text=data.text or data.reason or "",
        reason=short(data.reason or "", REASON_BYTES),
        if_version=None if data.if_version is UNSET else data.if_version,
        until=utc(data.until) if data.until else None,
        one_shot=data.one_shot,
        review_at=utc(data.review_at) if data.review_at else None,
        assignee=data.assignee or None,
        verdict=data.verdict or None,
        incident=data.incident or None,
        into=data.into or None,
        retired_source=data.retired_source or None,
    )


def _prepared(event: handovers.HandoverPrepared) -> inputs.HandoverPrepared:
    data = event.data
    return inputs.HandoverPrepared(
        id=event.id,
        source=event.source,
        sha256=hashlib.sha256(data.content.encode()).hexdigest(),
        who=data.who,
        role=data.role,
        position=data.position or None,
    )


def _signed(event: handovers.HandoverSigned) -> inputs.HandoverSigned:
    data = event.data
    return inputs.HandoverSigned(
        id=event.id,
        source=event.source,
        handover_id=data.handover_id,
        sha256=data.sha256,
        side=data.side,
        who=data.who,
        role=data.role,
        position=data.position,
    )


def _policy(event: alerts.PolicyConfigured) -> inputs.Policy:
    register = event.data
    return inputs.Policy(
        id=event.id,
        source=event.source,
        hash=register.hash,
        decided_by=register.decided_by,
        kinds=tuple(_kind(register.priority, entry) for entry in register.kinds),
        masks=tuple(
            Mask(
                cause=mask.cause,
                hides=tuple(mask.hides),
                scope=mask.scope,
                release_delay_s=min(mask.release_delay_s, LONGEST_S),
            )
            for mask in register.masks
        ),
        near=tuple(
            Near(domains=_domains(near.domains), distance_m=near.distance_m, within_min=near.within_min) for near in register.near
        ),
        places=_places(register),
        strict=register.strict,
    )


def _domains(domains: Sequence[str]) -> tuple[str, str]:
    one, other = (domain[: kind.DOMAIN_LENGTH] for domain in domains)
    return one, other


def _places(register: Register) -> tuple[inputs.Place, ...]:
    """How sites lie, both ways: a site knows what is above it as well."""
    sites = {place.site: place for place in register.places}
    above: dict[str, list[str]] = {}
    for place in register.places:
        for site in place.downstream:
            above.setdefault(site, []).append(place.site)
    return tuple(
        inputs.Place(
            site=site,
            downstream=tuple(sites.get(site, Place(site=site)).downstream),
            upstream=tuple(above.get(site, ())),
            lines=tuple(sites.get(site, Place(site=site)).lines),
        )
        for site in sorted(sites.keys() | above.keys())
    )


def _kind(matrix: PriorityMatrix, entry: RegisterEntry) -> kind.Kind:
    row = matrix.classes.get(entry.consequence_class)
    if row is None or len(row) != len(matrix.minutes) + 1:
        raise Rejected("register", f"consequence class of {entry.kind} needs one priority more than the matrix has minutes")
    count = None
    if entry.count_n is not None and entry.count_within_s is not None:
        count = kind.Count(min(entry.count_n, 100), min(entry.count_within_s, LONGEST_S))
    expires_min = entry.acknowledgement_expires_min
    return kind.Kind(
        kind=entry.kind,
        title=short(entry.title.get(LANGUAGE) or next(iter(entry.title.values()), entry.kind), TITLE_BYTES),
        domain=entry.domain[: kind.DOMAIN_LENGTH],
        response=short(entry.response, GUIDANCE_BYTES),
        priority=kind.priority_of(matrix.minutes, row, entry.time_to_respond_min),
        position=entry.position,
        needs_acknowledgement=entry.needs_acknowledgement,
        acknowledges_itself_on_return=entry.acknowledges_itself_on_return,
        latching=entry.latching,
        on_delay_s=min(entry.on_delay_s, LONGEST_S),
        off_delay_s=min(entry.off_delay_s, LONGEST_S),
        count=count,
        acknowledgement_expires_min=None if expires_min is None else min(expires_min, LONGEST_S / 60),
        shelve_max_h=entry.shelve_max_h,
        review_after_h=min(entry.review_after_h, LONGEST_S / 3_600),
        exempt_from_masks=entry.exempt_from_masks,
        sampling_interval_s=min(entry.sampling_interval_s, LONGEST_S / 10),
        exempt_from_flood=entry.exempt_from_flood,
        diagnostic=entry.diagnostic,
    )
