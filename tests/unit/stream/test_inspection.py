"""A running worker looks again for what it found when it started."""

from talaia.stream.lane.inspection import Inspection
from talaia.stream.unavailable import BusLacks, BusUnavailable

IDS = {"clicks": "id-1", "counts": "id-2"}
LACKING = BusLacks("Kafka has no topic counts")
AWAY = BusUnavailable("Kafka does not answer")


async def told(*found: dict[str, str] | BusUnavailable) -> list[str | None]:
    """What is complained of, look by look."""
    answers = iter(found)

    def look() -> dict[str, str]:
        answer = next(answers)
        if isinstance(answer, BusUnavailable):
            raise answer
        return answer

    inspected = Inspection(look, IDS)
    return [await inspected.complaint() for _ in found]


async def test_what_is_missing_twice_in_a_row_is_a_reason_to_end() -> None:
    assert await told(IDS, LACKING, LACKING) == [None, None, str(LACKING)]


async def test_what_is_missing_for_a_moment_is_none() -> None:
    assert await told(LACKING, IDS, LACKING, AWAY, LACKING) == [None] * 5


async def test_while_kafka_is_away_nothing_is_concluded() -> None:
    assert await told(AWAY, AWAY, AWAY) == [None] * 3


async def test_a_topic_made_anew_under_a_worker_is_found() -> None:
    anew = IDS | {"clicks": "id-3"}
    assert await told(anew, anew) == [None, "topic clicks was deleted and made anew"]
