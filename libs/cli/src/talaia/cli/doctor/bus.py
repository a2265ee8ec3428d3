"""The broker: whether it answers, what it is, whether its topics and rights are complete, and how those who read it are."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from kafka.errors import ClusterAuthorizationFailedError, UnsupportedVersionError

from talaia.cli.doctor.check import State, Verdict, sentence, sentences
from talaia.cli.status.bus import look
from talaia.cli.status.processes import Address, ask
from talaia.cli.status.report import Bus, problems, words
from talaia.cli.up.running import has_broker
from talaia.contracts.catalogue import CHANGELOGS, Topic, every_topic
from talaia.stream import topics
from talaia.stream.connection import administrator, kafka_file_of
from talaia.stream.folding.fold import FUTURE_LIMIT
from talaia.stream.preflight import topic_ids
from talaia.stream.rights import OPERATOR, principal, rights_of
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusLacks, BusUnavailable

_QUESTION_MS = 5_000
_APART = timedelta(seconds=5)


def broker(settings: BusSettings) -> Verdict:
    """Whether it answers and lets this user in. One that nobody named need not be there."""
    try:
        with administrator(settings, _QUESTION_MS) as admin:
            brokers = len(admin.describe_cluster()["brokers"])
    except BusUnavailable as why:
        return sentence(State.WRONG if has_broker(settings) else State.UNSEEN, str(why))
    return Verdict(State.OK, f"{settings.kafka_bootstrap} answers {_who(settings)}; {brokers} in the cluster")


def version(settings: BusSettings, tested: str) -> Verdict:
    """Whether it is the release that Talaia is tested with, by its first two numbers."""
    found = topics.broker_version(settings)
    if found == ".".join(tested.split(".")[:2]):
        return Verdict(State.OK, f"Kafka {found}")
    return Verdict(State.WARN, f"Kafka {found}, and Talaia is tested with {tested}", "try it elsewhere first, or use that one")


def clock(settings: BusSettings, now: Callable[[], datetime]) -> Verdict:
    """How far this machine's clock is from that of Kafka's controller, which tells its own with the state of its quorum."""
    with administrator(settings) as admin:
        try:
            before = now()
            quorum = admin.describe_metadata_quorum()["topics"][0]["partitions"][0]
            after = now()
        except ClusterAuthorizationFailedError:
            return Verdict(State.UNSEEN, "Kafka does not let this user see its clock", "grant it DESCRIBE on the cluster")
        except UnsupportedVersionError:
            return Verdict(State.UNSEEN, "this Kafka does not tell its clock")
    told = [each["last_caught_up_timestamp"] for each in quorum["current_voters"] if each["replica_id"] == quorum["leader_id"]]
    if not told or told[0] <= 0:
        return Verdict(State.UNSEEN, "this Kafka does not tell its clock")
    theirs = datetime.fromtimestamp(told[0] / 1000, before.tzinfo)
    # its answer was made at some moment between question and answer
    apart = max(before - theirs, theirs - after, timedelta(0))
    says = f"this machine's clock is {words(apart.total_seconds())} {'ahead of' if before > theirs else 'behind'} Kafka's"
    cure = "let both follow one time source (`timedatectl set-ntp true`)"
    if apart <= _APART:
        return Verdict(State.OK, f"this machine's clock and Kafka's are less than {words(_APART.total_seconds())} apart")
    return Verdict(State.WRONG if apart > FUTURE_LIMIT else State.WARN, says, cure)


def rights(settings: BusSettings) -> Verdict:
    """What a process asks before it starts: whether its topics are there, with all partitions, and whether it has its rights."""
    role = _role(settings)
    needed = rights_of(role, every_topic())
    try:
        topic_ids(settings, _topics(role), needed)
    except (BusLacks, Stop) as why:
        return sentence(State.WRONG, str(why))
    return Verdict(State.OK, f"all {len(needed)} rights of {role} are given")


def topic_settings(settings: BusSettings) -> Verdict:
    """Whether the topics are as the catalogue says."""
    wanted = _topics(_role(settings))
    try:
        differences = topics.check(settings, wanted)
    except BusLacks as why:
        return sentence(State.WARN, str(why))
    return (
        sentences(State.WRONG, differences) if differences else Verdict(State.OK, f"{len(wanted)} topics as the catalogue says")
    )


def workers(settings: BusSettings, now: datetime) -> Verdict:
    """Whether somebody does the work, and in time."""
    seen = look(settings, CHANGELOGS, now)
    wrong = [*problems(msgspec.structs.replace(seen, missing=[]), [])]
    if wrong:
        return sentences(State.WRONG, wrong)
    lags = [f"{group.worker} has {group.lag_events} to do" for group in seen.groups if group.state]
    return Verdict(State.OK, ", ".join(lags) or "none has ever run here")


def processes(addresses: Sequence[Address]) -> Verdict:
    """Whether workers and APIs answer and are ready, and how old the views are."""
    if not addresses:
        return Verdict(State.UNSEEN, "none is known", "name them by --worker and --api, or run them by `talaia up`")
    found = ask(addresses)
    wrong = [*problems(Bus(kafka=""), found)]
    return sentences(State.WRONG, wrong) if wrong else Verdict(State.OK, f"{len(found)} answer and are ready")


def _topics(role: str) -> list[Topic]:
    return [topic for topic in every_topic() if role == OPERATOR or role in (*topic.written_by, *topic.read_by)]


def _role(settings: BusSettings) -> str:
    """Whose rights are needed: of the role that the user is named for, else of who runs the command."""
    roles = {principal(who): who for topic in every_topic() for who in (*topic.written_by, *topic.read_by)}
    return roles.get(kafka_file_of(settings).user.removeprefix(settings.topic_prefix), OPERATOR)


def _who(settings: BusSettings) -> str:
    user = kafka_file_of(settings).user
    return f"user {user}" if user else "without a password"
