"""`talaia topics apply --users --acls` on a real Kafka: each user may do what the catalogue says of it, and nothing else."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from kafka.admin import ACL, ACLPermissionType
from support.attempts import Intruder, allowed, read, refused, written
from support.secured import SecuredKafka, User, secured
from talaia.cli import rights
from talaia.cli.__main__ import app
from talaia.contracts.catalogue import ACTS, ALARMS, MEASUREMENTS, READINGS, Topic, every_topic
from talaia.stream import acls, users
from talaia.stream.acls import RulesHidden
from talaia.stream.connection import accepted
from talaia.stream.kafka_file import read_kafka_file
from talaia.stream.rights import Kind, Operation, Right
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusLacks
from typer.testing import CliRunner, Result

__all__ = ["secured"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

TOPICS = every_topic()
ROLES = sorted({who for topic in TOPICS for who in (*topic.written_by, *topic.read_by)})
STRANGE = Right(Kind.TOPIC, ALARMS.name, Operation.WRITE)


class Installation(NamedTuple):
    """A bus on which the users of the catalogue have their rights. said: by the command that gave them."""

    admin: User
    settings: BusSettings
    secrets: Path
    said: str

    def user(self, who: str) -> str:
        return self.settings.topic(who.replace(" ", "-"))

    def as_user(self, who: str) -> BusSettings:
        return self.settings.model_copy(update={"kafka_file": self.secrets / f"{self.user(who)}.toml"})

    def topics(self, wanted: Callable[[Topic], bool] = lambda topic: True) -> set[str]:
        return {self.settings.topic(topic.name) for topic in TOPICS if wanted(topic)}

    def talaia(self, *arguments: str) -> Result:
        """As a person who may do everything runs it."""
        return talaia(self.settings, *arguments)

    def rule(self, right: Right, permission: ACLPermissionType = ACLPermissionType.ALLOW) -> ACL:
        """One that gives the waste API a right, or denies it."""
        given = acls.acl(self.settings, self.user("waste api"), right)
        return ACL(given.principal, given.host, given.operation, permission, given.resource_pattern)


def talaia(settings: BusSettings, *arguments: str) -> Result:
    environment = {name: None for name in os.environ if name.startswith("TALAIA_")} | {
        "TALAIA_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "TALAIA_KAFKA_FILE": str(settings.kafka_file),
        "TALAIA_TOPIC_PREFIX": settings.topic_prefix,
    }
    return CliRunner().invoke(app, arguments, env=environment)


@pytest.fixture(scope="module")
def city(secured: SecuredKafka, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    secrets = tmp_path_factory.mktemp("users") / "bus"
    prefix = f"t{uuid.uuid4().hex[:8]}."
    admin = secured.admin(prefix)
    settings = admin.settings()
    done = talaia(settings, "topics", "apply", "--users", "--acls", "--secrets", str(secrets))
    assert done.exit_code == 0, done.output
    return Installation(admin, settings, secrets, done.output)


@pytest.fixture
def foreign(city: Installation) -> Iterator[Callable[[ACL], None]]:
    """Makes a rule that the catalogue does not know; gone after the test."""
    made: list[ACL] = []
    with city.admin.bus.by_the_plain_door() as admin:

        def make(rule: ACL) -> None:
            assert not admin.create_acls([rule])["failed"]
            made.append(rule)

        yield make
        if made:
            admin.delete_acls(made)
    acls.apply(city.settings, rights.of_this_installation(city.settings))


def test_what_is_made_is_told_and_no_password_is(city: Installation) -> None:
    for who in ROLES:
        assert f"gave {city.user(who)} the password of its file\n" in city.said
        assert read_kafka_file(city.secrets / f"{city.user(who)}.toml").password.get_secret_value() not in city.said
    assert f"granted {city.user('waste api')}: READ topic {city.settings.topic(READINGS.name)}\n" in city.said
    assert city.said.endswith("every right answers, and no other\n")


def test_done_again_it_finds_nothing_to_do(city: Installation) -> None:
    done = city.talaia("topics", "apply", "--users", "--acls", "--secrets", str(city.secrets))
    assert done.output.splitlines() == [
        "all topics are as the catalogue says",
        "all users get in",
        "all rights are as the catalogue says",
        "every right answers, and no other",
    ]


def test_kafka_says_of_each_user_and_topic_what_the_catalogue_says(city: Installation) -> None:
    cells, wrong = 0, []
    for who in ROLES:
        may = allowed(city.as_user(who), city.topics())
        for topic in TOPICS:
            should = {"READ": who in topic.read_by or who == "cli", "WRITE": who in topic.written_by}
            for operation, wanted in should.items():
                cells += 1
                if (operation in may[city.settings.topic(topic.name)]) != wanted:
                    wrong.append((who, operation, topic.name))
    assert wrong == []
    assert cells == 2 * len(ROLES) * len(TOPICS) > 100


@pytest.mark.parametrize("who", ROLES)
def test_a_user_gets_and_brings_records_where_the_catalogue_says_and_nowhere_else(city: Installation, who: str) -> None:
    settings = city.as_user(who)
    assert read(settings, city.topics()) == city.topics(lambda topic: who in topic.read_by or who == "cli")
    assert written(settings, city.topics()) == city.topics(lambda topic: who in topic.written_by)


@pytest.mark.parametrize(("who", "mine"), [("waste-worker", READINGS), ("alerts api", ACTS), ("cli", MEASUREMENTS)])
def test_a_user_may_do_nothing_that_belongs_to_another(city: Installation, who: str, mine: Topic) -> None:
    other = "alerts-worker" if who == "waste-worker" else "waste-worker"
    changelog = city.settings.topic(f"{other}-state-changelog")
    intruder = Intruder(city.as_user(who), city.user(who), city.user(other), changelog, city.settings.topic(mine.name))
    attempts = intruder.attempts()
    assert len(attempts) >= 12
    assert refused(attempts) == {}
    # and nothing came of it
    assert accepted(city.as_user(other))
    assert rights.differences(city.settings) == []


def test_who_does_not_know_the_password_does_not_get_in(city: Installation, tmp_path: Path) -> None:
    file = tmp_path / "guessed.toml"
    file.touch(0o600)
    file.write_text(f'user = "{city.user("waste-worker")}"\npassword = "guessed"\n')
    assert not accepted(city.settings.model_copy(update={"kafka_file": file}))


def test_a_changed_file_changes_the_password_of_its_user_alone(city: Installation, tmp_path: Path) -> None:
    old = tmp_path / "old.toml"
    file = city.secrets / f"{city.user('waste api')}.toml"
    old.touch(0o600)
    old.write_text(file.read_text())
    file.write_text(f'user = "{city.user("waste api")}"\npassword = "{uuid.uuid4().hex}"\n')
    assert rights.apply_users(city.settings, city.secrets) == [f"gave {city.user('waste api')} the password of its file"]
    assert all(accepted(city.as_user(who)) for who in ROLES)
    assert not accepted(city.settings.model_copy(update={"kafka_file": old}))


def test_users_made_by_somebody_who_comes_over_tls_come_over_tls(city: Installation, tmp_path: Path) -> None:
    bus, file = city.admin.bus, tmp_path / "admin.toml"
    file.touch(0o600)
    file.write_text(f'{city.admin.file.read_text()}ca_file = "{bus.folder / "ca.pem"}"\n')
    settings = city.settings.model_copy(update={"kafka_bootstrap": bus.tls, "kafka_file": file})
    user = city.settings.topic("over-tls")
    assert users.apply(settings, tmp_path / "bus", [user]).changed == (user,)
    assert read_kafka_file(tmp_path / "bus" / f"{user}.toml").protocol == "SASL_SSL"


def test_a_right_that_the_catalogue_does_not_know_is_named_and_taken_back(
    city: Installation, foreign: Callable[[ACL], None]
) -> None:
    foreign(city.rule(STRANGE))
    what = f"WRITE topic {city.settings.topic(ALARMS.name)}"
    done = city.talaia("topics", "check")
    assert done.exit_code == 1
    assert str(done.exception) == (
        f"user {city.user('waste api')} may {what}, which the catalogue does not say: run `talaia topics apply --acls`"
    )
    assert rights.apply_acls(city.settings) == [f"took back from {city.user('waste api')}: {what}"]
    assert rights.differences(city.settings) == []


def test_a_right_that_is_missing_is_named_and_given(city: Installation, foreign: Callable[[ACL], None]) -> None:
    gone = city.rule(Right(Kind.TOPIC, READINGS.name, Operation.READ))
    with city.admin.bus.by_the_plain_door() as admin:
        admin.delete_acls([gone])
    what = f"READ topic {city.settings.topic(READINGS.name)}"
    assert rights.differences(city.settings) == [
        f"user {city.user('waste api')} may not {what}: run `talaia topics apply --acls`"
    ]
    assert rights.apply_acls(city.settings) == [f"granted {city.user('waste api')}: {what}"]
    rights.wait_until_given(city.settings, city.secrets)


def test_a_rule_that_denies_is_left_and_named_and_so_is_what_it_withholds(
    city: Installation, foreign: Callable[[ACL], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign(city.rule(Right(Kind.TOPIC, READINGS.name, Operation.READ), ACLPermissionType.DENY))
    what, user = f"READ topic {city.settings.topic(READINGS.name)}", city.user("waste api")
    assert rights.differences(city.settings) == [f"user {user} is denied {what}: somebody's rule, to be taken back by hand"]
    assert rights.apply_acls(city.settings) == [f"still denied to {user}: {what}"]
    monkeypatch.setattr(acls, "_PATIENCE_S", 1)
    with pytest.raises(BusLacks, match=f"1 s later Kafka does not let user {user} {what}: see whether a rule denies it"):
        rights.wait_until_given(city.settings, city.secrets)


def test_what_a_rule_for_everybody_gives_is_noticed(
    city: Installation, foreign: Callable[[ACL], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = city.rule(STRANGE)
    foreign(ACL("User:*", "*", given.operation, given.permission_type, given.resource_pattern))
    assert rights.apply_acls(city.settings) == ["all rights are as the catalogue says"]
    monkeypatch.setattr(acls, "_PATIENCE_S", 1)
    with pytest.raises(BusLacks, match=r"lets user .* also .*WRITE topic .*alerts.alarms.v1: see whether a rule for everybody"):
        rights.wait_until_given(city.settings, city.secrets)


def test_who_may_not_give_rights_is_told_so(city: Installation, tmp_path: Path) -> None:
    with pytest.raises(RulesHidden, match="does not show its access rules to this user: come as a super user"):
        rights.apply_acls(city.as_user("waste-worker"))
    with pytest.raises(BusLacks, match=r"does not take the password of user .*: come as a super user"):
        users.apply(city.as_user("waste-worker"), tmp_path, [city.user("alerts-worker")])


def test_an_operator_is_told_that_it_may_not_compare_rights(city: Installation) -> None:
    done = talaia(city.as_user("cli"), "topics", "check")
    assert done.exit_code == 0, done.output
    assert "rights are not compared: Kafka does not show its access rules to this user" in done.output
