"""How a campaign ends: all workers end in peace, the judge counts, and what was found is written down before it is asserted."""

import asyncio

import pytest
from support import campaign
from support.counting import PARTITIONS, STATE
from support.counting_city import City
from support.fence import strangers
from support.recount import Verdict, judge


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """Of everything random in a test: the same choices again with `--randomly-seed`."""
    return int(pytestconfig.getoption("randomly_seed"))


def end_in_peace(town: City) -> None:
    """Nobody ticks while the judge reads."""
    town.wait_until_settled()
    for worker in town.workers:
        if worker.alive:
            code, seconds = worker.end()
            assert seconds <= 5 and (code == 0 or worker.ended_before_it_began(code)), (code, seconds, worker.said()[-2000:])


def judged(town: City, fault: str, rounds: int, seen: str = "") -> Verdict:
    """The verdict on a counting city that ended; asserts that nothing is lost or wrong."""
    verdict = judge(town.bootstrap, town.prefix)
    foreign = asyncio.run(strangers(town.bootstrap, town.prefix + STATE.name, PARTITIONS))
    lost = verdict.missing_events + verdict.missing_outcomes + verdict.missing_rejects
    wrong = verdict.wrong_parts + verdict.strange_outcomes + verdict.wrong_newest
    campaign.record(fault, rounds=rounds, events=verdict.events, lost=lost, wrong=wrong + foreign, seen=seen)
    assert verdict.events > 0
    assert (lost, wrong, foreign) == (0, 0, 0), verdict
    return verdict
