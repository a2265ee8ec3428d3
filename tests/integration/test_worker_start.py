"""What a worker says when it cannot or must not work, and what it finds again when it starts anew."""

import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest
from confluent_kafka.admin import AdminClient
from support.counting import CLICKS, STATE, click
from support.counting_city import City, city
from support.processes import wait_for
from support.recount import judge, plain_records
from talaia.cli.kafka.node import free_port
from talaia.stream.clock import wall_now

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]


def fill(town: City, events: int = 500) -> None:
    feed = town.feed(0)
    for number in range(events):
        feed.send(click(f"k{number % 40}", number + 1000, wall_now()))
    feed.stop()


def delete(town: City, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": town.bootstrap})
    admin.delete_topics([town.prefix + topic], operation_timeout=20)[town.prefix + topic].result(20)
    wait_for(lambda: town.prefix + topic not in admin.list_topics(timeout=10).topics, "the topic to be gone")


def sentence(worker: object) -> str:
    said = worker.said()
    assert "Traceback" not in said
    return said


def test_without_its_topics_a_worker_ends_with_the_command_that_makes_them(broker: str, prefix: str, tmp_path: Path) -> None:
    town = City(broker, prefix, tmp_path)
    worker = town.worker()
    assert worker.exit_code() == 69
    assert f"Kafka has no topic {prefix}test.clicks.v1" in sentence(worker)
    assert "run `talaia topics apply`" in worker.said()


def test_without_a_broker_a_worker_ends_with_one_sentence(prefix: str, tmp_path: Path) -> None:
    town = City(f"127.0.0.1:{free_port()}", prefix, tmp_path)
    worker = town.worker()
    assert worker.exit_code() == 69
    assert "does not answer" in sentence(worker)


def test_a_quiet_partition_is_ticked_so_that_its_timers_fire(city: City) -> None:
    fill(city, 40)
    worker = city.worker()
    wait_for(worker.ready, "the worker")
    wait_for(lambda: any(b"tick" in (record.value or b"") for record in clicks(city)), "a tick")
    city.wait_until_settled()
    assert worker.end()[0] == 0
    verdict = judge(city.bootstrap, city.prefix)
    assert (verdict.wrong_parts, verdict.missing_outcomes, verdict.strange_outcomes) == (0, 0, 0), verdict


def clicks(town: City) -> list[object]:
    return [record for n in range(CLICKS.partitions) for record in plain_records(town.bootstrap, town.prefix + CLICKS.name, n)]


def test_state_is_built_again_from_the_input_when_the_changelog_is_gone(city: City) -> None:
    fill(city)
    worker = city.worker()
    city.wait_until_settled()
    worker.end()
    delete(city, STATE.name)
    city.apply_topics()
    again = city.worker()
    wait_for(again.ready, "the worker")
    wait_for(lambda: judge(city.bootstrap, city.prefix).missing_events == 0, "the whole input to be applied again")
    assert again.end()[0] == 0
    verdict = judge(city.bootstrap, city.prefix)
    assert (verdict.wrong_parts, verdict.missing_outcomes, verdict.strange_outcomes) == (0, 0, 0), verdict
    assert verdict.events == 500


def test_an_input_topic_made_anew_stops_the_worker_instead_of_being_skipped(city: City) -> None:
    fill(city)
    worker = city.worker()
    city.wait_until_settled()
    worker.end()
    delete(city, CLICKS.name)
    city.apply_topics()
    second = city.worker()
    assert second.exit_code() == 72
    assert "was deleted and made anew" in sentence(second)


def test_health_and_metrics_are_answered_while_it_works(city: City) -> None:
    port = free_port()
    fill(city)
    worker = city.worker(TALAIA_METRICS_PORT=str(port))
    city.wait_until_settled()

    def get(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def well() -> bool:
        try:
            return '"partitions": [0, 1, 2, 3]' in get("/healthz")
        except HTTPError:  # on a busy machine it may have been behind a moment ago
            return False

    wait_for(well, "the worker to be well, with all its partitions")
    # gauges are sampled by a timer
    wait_for(lambda: "talaia_lag_events" in get("/metrics"), "the first sample of the gauges")
    metrics = get("/metrics")
    assert 'talaia_consumed_total{topic="test.clicks.v1"} 5' in metrics
    for name in ("produced_total", "slices_total", "settle_seconds_count", "state_parts", "recovery_seconds", "lag_events"):
        assert f"talaia_{name}" in metrics
    assert worker.alive


def test_a_port_in_use_is_named(city: City) -> None:
    port = free_port()
    first = city.worker(TALAIA_METRICS_PORT=str(port))
    wait_for(first.ready, "the first worker")
    second = city.worker(TALAIA_METRICS_PORT=str(port))
    assert second.exit_code() == 72
    assert f"port {port} for metrics cannot be used" in sentence(second)
