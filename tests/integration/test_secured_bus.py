"""On a Kafka that asks who comes: every client of ours gets in, by each door; who may not is told at once and why."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from support.counting import CLICKS, COUNTS, STATE, TOPICS, click
from support.counting_city import City, city_at
from support.processes import wait_for
from support.secured import SecuredKafka, User, issue, secured, worker_rights
from support.views import caught_up, until
from talaia.alerts.api.app import JUDGED
from talaia.alerts.view.project import VIEW
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import ACTS, every_topic
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.preflight import topic_ids
from talaia.stream.producer import Producer
from talaia.stream.rights import Kind, Operation, Right, reading, rights_of
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable
from talaia.stream.views.pace import GroupPace
from talaia.stream.views.projection import Projection

__all__ = ["secured"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

NAMED_S = 10


@pytest.fixture
def town(secured: SecuredKafka, prefix: str, tmp_path: Path) -> Iterator[City]:
    with city_at(secured.plain, prefix, tmp_path) as town:
        yield town


async def test_a_user_comes_in_by_password_over_tls_and_with_a_certificate(secured: SecuredKafka, town: City) -> None:
    issue(secured.authority, secured.folder, "worker.city")
    shown = secured.folder / "certificate.toml"
    shown.write_text('ca_file = "ca.pem"\ncertificate_file = "worker.city.pem"\nkey_file = "worker.city.key"\n')
    shown.chmod(0o600)
    certified = User(secured, "worker.city", shown, town.prefix)
    rights = (*reading(TOPICS), Right(Kind.TOPIC, CLICKS.name, Operation.WRITE))
    certified.grant(*rights)
    doors = {
        secured.password: secured.user(rights, town.prefix),
        secured.tls: secured.user(rights, town.prefix, ca_file="ca.pem"),
        secured.certificate: certified,
    }
    for door, user in doors.items():
        assert set(topic_ids(user.settings(door), TOPICS, reading(TOPICS))) == {topic.name for topic in TOPICS}
        async with Producer(user.settings(door)) as producer:
            await producer.send([click("k1", 1000, wall_now())])
    assert sum(topics.lag(town.settings, "nobody", (CLICKS,)).values()) == len(doors)


def test_a_worker_with_the_rights_of_the_catalogue_works_over_tls_and_never_shows_its_password(
    secured: SecuredKafka, town: City
) -> None:
    user = secured.user(worker_rights(), town.prefix, ca_file="ca.pem")
    feed = town.feed(0)
    for number in range(100):
        feed.send(click(f"k{number % 7}", number + 1000, wall_now()))
    feed.stop()
    port = free_port()
    worker = town.worker(TALAIA_METRICS_PORT=str(port), **user.environment(secured.tls))
    town.wait_until_settled()
    metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    ends = re.search(r'^talaia_certificate_expires_seconds\{file="ca_file"\} (\S+)$', metrics, re.MULTILINE)
    assert ends is not None
    assert float(ends[1]) > wall_now().timestamp()
    assert worker.end()[0] == 0
    assert user.password not in worker.said()


def refused(user: User, door: str = "") -> str:
    """What is said to a user, and that it is said soon, in one line and without the password."""
    started = time.monotonic()
    with pytest.raises(BusUnavailable) as told:
        topics.check(user.settings(door), TOPICS)
    assert time.monotonic() - started < 5
    assert user.password not in str(told.value)
    assert len(str(told.value).splitlines()) == 1
    return str(told.value)


def test_a_wrong_password_is_told_at_once_and_names_the_user(secured: SecuredKafka) -> None:
    user = secured.user()
    user.file.write_text(f'user = "{user.name}"\npassword = "another"\n')
    assert f"does not accept user {user.name}: correct user or password" in refused(user)


def test_a_mechanism_that_the_broker_does_not_take_is_told(secured: SecuredKafka) -> None:
    user = secured.user()
    user.file.write_text(f'user = "{user.name}"\npassword = "{user.password}"\nmechanism = "SCRAM-SHA-256"\n')
    assert "does not take SCRAM-SHA-256" in refused(user)


def test_a_broker_that_the_ca_file_does_not_vouch_for_is_not_spoken_to(secured: SecuredKafka) -> None:
    trustme.CA().cert_pem.write_to_path(secured.folder / "stranger.pem")
    assert "shows a certificate that ca_file does not vouch for" in refused(secured.user(ca_file="stranger.pem"), secured.tls)


def test_tls_at_a_door_that_does_not_speak_it_is_told(secured: SecuredKafka) -> None:
    assert "does not speak TLS as asked" in refused(secured.user(ca_file="ca.pem"), secured.password)


async def test_without_a_file_at_a_door_that_asks_the_variable_is_named(secured: SecuredKafka) -> None:
    with pytest.raises(BusUnavailable, match=r"does not answer .*name user and ca_file in TALAIA_KAFKA_FILE if it asks"):
        async with Producer(BusSettings(kafka_bootstrap=secured.password), deadline_s=2):
            pass


LACKING = {
    "READ topic": Right(Kind.TOPIC, CLICKS.name, Operation.READ),
    "WRITE topic": Right(Kind.TOPIC, COUNTS.name, Operation.WRITE),
    "READ topic, of a topic it may write": Right(Kind.TOPIC, STATE.name, Operation.READ),
    "READ group": Right(Kind.GROUP, "count-worker", Operation.READ),
    "WRITE transactional id": Right(Kind.TRANSACTIONAL_ID, "count-worker-", Operation.WRITE, prefixed=True),
}


@pytest.mark.parametrize("name", LACKING)
def test_a_right_that_is_missing_is_named_before_anything_starts(name: str, secured: SecuredKafka, town: City) -> None:
    lacking = LACKING[name]
    user = secured.user(tuple(right for right in worker_rights() if right != lacking), town.prefix)
    with pytest.raises(BusUnavailable) as told:
        topic_ids(user.settings(), TOPICS, rights_of("count-worker", TOPICS))
    wanted = f"{lacking.operation} {lacking.kind} {town.prefix}{lacking.name}{'*' * lacking.prefixed}"
    assert str(told.value) == f"Kafka does not let user {user.name} {wanted}: grant it what is missing"


def test_a_worker_that_lacks_rights_ends_within_ten_seconds_and_names_them_all(secured: SecuredKafka, town: City) -> None:
    user = secured.user(prefix=town.prefix)
    started = time.monotonic()
    worker = town.worker(**user.environment())
    assert worker.exit_code() == 69
    assert time.monotonic() - started <= NAMED_S
    said = worker.said()
    assert "Traceback" not in said
    assert user.password not in said
    for right in rights_of("count-worker", TOPICS):
        assert f"{right.operation} {right.kind} {town.prefix}{right.name}" in said


async def test_an_api_that_lacks_rights_names_them_all_and_goes_on_once_they_are_given(
    secured: SecuredKafka, prefix: str, tmp_path: Path
) -> None:
    topics.apply(BusSettings(kafka_bootstrap=secured.plain, topic_prefix=prefix), every_topic())
    role = rights_of("alerts api", every_topic())
    lacking = [Right(Kind.TOPIC, ACTS.name, Operation.WRITE), Right(Kind.GROUP, "alerts-worker", Operation.DESCRIBE)]
    user = secured.user(tuple(right for right in role if right not in lacking), prefix)
    view = Projection(VIEW, f"sqlite:///{tmp_path / 'view.sqlite'}", user.settings())
    pace = GroupPace(user.settings(), "alerts-worker", JUDGED, dict)
    async with view.running(), pace.running():
        await until(lambda: "grant it what is missing" in view.age().error, "the view to name what is missing")
        named = ", ".join(right.named(prefix) for right in lacking)
        assert view.age().error == f"Kafka does not let user {user.name} {named}: grant it what is missing"
        begun = "the view is being made from its topics, it is not known how many events are to go"
        assert await view.unready() == f"{begun}: {view.age().error}"
        assert pace.behind_s() is None
        user.grant(*lacking)
        await caught_up(view)
        await until(lambda: pace.behind_s() == 0.0, "the pace of the worker to be known")


def test_a_role_of_the_catalogue_may_do_nothing_that_the_catalogue_does_not_say(secured: SecuredKafka, town: City) -> None:
    user = secured.user(worker_rights(), town.prefix)
    for right in (
        Right(Kind.TOPIC, COUNTS.name, Operation.READ),
        Right(Kind.TOPIC, CLICKS.rejected.name, Operation.READ),
        Right(Kind.GROUP, "other-worker", Operation.READ),
        Right(Kind.TRANSACTIONAL_ID, "other-worker-", Operation.WRITE, prefixed=True),
    ):
        with pytest.raises(BusUnavailable, match="grant it what is missing"):
            topic_ids(user.settings(), TOPICS, [right])


def test_a_changed_password_counts_for_the_next_client(secured: SecuredKafka, town: City) -> None:
    user = secured.user(reading(TOPICS), town.prefix)
    assert topic_ids(user.settings(), TOPICS)
    user.change_password()
    wait_for(lambda: bool(topic_ids(user.settings(), TOPICS)), "the new password to be taken")


def test_who_may_not_see_the_settings_of_topics_is_told_so_when_they_are_checked(secured: SecuredKafka, town: City) -> None:
    told = refused(secured.user(reading(TOPICS), town.prefix))
    assert told.startswith(f"Kafka does not let this process DESCRIBE_CONFIGS topic {town.prefix}{CLICKS.name}, ")
