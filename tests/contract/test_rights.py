"""The catalogue says of each role exactly what its code does on the bus: no right too few, none too many."""

from typing import NoReturn

import pytest
from talaia.cli.services import installed
from talaia.contracts.catalogue import INPUTS, Changelog, every_topic
from talaia.stream.rights import OPERATOR, Kind, Operation, Right, principal, reading, redriving, rights_by_user, rights_of
from talaia.stream.roles import run
from talaia.stream.service import Service

SERVICES = list(installed().values())
of_every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@of_every_service
def test_a_worker_has_the_rights_that_its_processor_uses_and_no_other(service: Service) -> None:
    processor = service.processor()
    changelog = Changelog(worker=processor.name, inputs=processor.inputs).topic
    rejected = [topic.rejected for topic in processor.inputs]
    # the first input takes the worker's own ticks
    written = {topic.name for topic in (*processor.outputs, processor.inputs[0], *rejected, changelog)}
    assert set(rights_of(processor.name, every_topic())) == {
        *reading((*processor.inputs, changelog)),
        *(Right(Kind.TOPIC, name, Operation.WRITE) for name in written),
        Right(Kind.GROUP, processor.name, Operation.READ),
        Right(Kind.TRANSACTIONAL_ID, f"{processor.name}-", Operation.WRITE, prefixed=True),
    }


@of_every_service
def test_an_api_may_read_what_its_view_is_made_of_and_ask_how_far_its_worker_is(service: Service) -> None:
    view, _ = service.view()
    rights = rights_of(f"{service.name} api", every_topic())
    assert {right for right in rights if right.operation is not Operation.WRITE} == {
        *reading(view.topics),
        Right(Kind.GROUP, f"{service.name}-worker", Operation.DESCRIBE),
        Right(Kind.GROUP, f"{view.name}-view.", Operation.READ, prefixed=True),
    }


def test_an_operator_may_look_at_everything_and_send_rejects_again_and_what_the_cli_writes() -> None:
    topics = every_topic()
    written = {topic.name for topic in topics if "cli" in topic.written_by}
    assert set(redriving(INPUTS)) <= set(rights_of("cli", topics))
    assert set(rights_of("cli", topics)) == {
        *reading(topics),
        *(Right(Kind.TOPIC, topic.name, Operation.DESCRIBE_CONFIGS) for topic in topics),
        *(Right(Kind.TOPIC, name, Operation.WRITE) for name in written),
        *(Right(Kind.GROUP, service.processor().name, Operation.DESCRIBE) for service in SERVICES),
        Right(Kind.GROUP, "redrive", Operation.READ),
        Right(Kind.TRANSACTIONAL_ID, "redrive", Operation.WRITE),
    }


def test_everybody_whom_the_catalogue_names_is_a_user_with_its_rights() -> None:
    topics = every_topic()
    roles = {who for topic in topics for who in (*topic.written_by, *topic.read_by)}
    assert rights_by_user(topics) == {principal(who): rights_of(who, topics) for who in roles}
    assert {"waste-worker", "waste-api", "alerts-worker", "alerts-api", "cli"} <= set(rights_by_user(topics))


ROLES = {"waste-ingest": ["ingest", "CITY"]}
"""How a role is named on the command line, where it takes more than its word."""


class Begun(Exception):
    """A process was begun."""


def begin() -> NoReturn:
    raise Begun


@pytest.mark.parametrize("user", sorted(set(rights_by_user(every_topic())) - {OPERATOR}))
def test_every_user_of_the_bus_is_a_process_that_its_service_runs(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service, _, role = user.rpartition("-")
    assert service in installed()
    monkeypatch.setattr("sys.argv", [service, *ROLES.get(user, [role])])
    with pytest.raises(Begun):
        run(service, worker=begin, api=begin, view=begin, besides={"ingest CITY": lambda _: begin()})


def test_who_brings_measurements_in_may_write_them_and_nothing_else() -> None:
    assert rights_of("waste ingest", every_topic()) == (Right(Kind.TOPIC, "waste.measurements.v1", Operation.WRITE),)


def test_a_role_is_a_user_by_its_words_with_dashes() -> None:
    assert principal("waste api") == "waste-api"
