"""Gas: said on the first sample, confirmed by the next, over when it is over."""

from datetime import timedelta

import pytest
from support.town import MIDNIGHT, MINUTE, TANK, Town, configuration, measured
from talaia.contracts.vocabulary import Priority, Quantity
from talaia.waste.model.outcomes import Alive, Signal

H2S, CH4, O2 = Quantity.GAS_H2S, Quantity.GAS_CH4, Quantity.GAS_O2


@pytest.fixture
def town() -> Town:
    return Town().configured()


def smells(
    town: Town, minute: float, value: float, quantity: Quantity = H2S, after: timedelta = 10 * MINUTE / 60, quality: str = "good"
) -> list[Signal]:
    """Signals that one sample of a gas leads to."""
    told = town.tell(measured(quantity, "T1", value, MIDNIGHT + minute * MINUTE, after=after, quality=quality))
    return [each for each in told if isinstance(each, Signal)]


def facts(signal: Signal) -> dict[str, float | str]:
    assert signal.evidence is not None
    return dict(signal.evidence.facts)


def states(town: Town) -> list[str]:
    return [each.state.value for each in town.of(Signal)]


@pytest.mark.parametrize(("quantity", "value"), [(H2S, 5.0), (CH4, 10.0), (O2, 19.4)])
def test_one_sample_beyond_the_limit_alarms_at_once_with_the_highest_priority(
    town: Town, quantity: Quantity, value: float
) -> None:
    (said,) = smells(town, 1, value, quantity)
    assert (said.kind, said.subject.id, said.priority) == ("waste.gas_high", f"T1/T1.{quantity.value}", Priority.CRITICAL)
    assert said.said_at == MIDNIGHT + 1 * MINUTE + timedelta(seconds=10)
    assert str(facts(said)["confirmed"]).startswith("no")
    assert said.evidence is not None
    assert said.evidence.observations[0].value == value
    assert "Nobody goes in" in said.guidance.text
    assert said.guidance.general


@pytest.mark.parametrize(("quantity", "value"), [(H2S, 4.9), (CH4, 9.9), (O2, 19.5), (O2, -1.0)])
def test_a_sample_within_the_limit_or_impossible_says_nothing(town: Town, quantity: Quantity, value: float) -> None:
    assert smells(town, 1, value, quantity) == []


def test_the_next_sample_confirms_or_ends_it(town: Town) -> None:
    smells(town, 1, 7.0)
    assert [facts(each)["confirmed"] for each in smells(town, 2, 7.0)] == ["yes"]
    town.configured(configuration(version="2"))
    other = Town().configured()
    smells(other, 1, 7.0)
    smells(other, 2, 1.0)
    assert states(other) == ["began", "ended"]


def test_a_confirmed_danger_is_over_after_two_samples_within_the_limit(town: Town) -> None:
    for minute, value in enumerate([7, 7, 1, 7, 1], start=1):
        smells(town, minute, value)
    assert states(town) == ["began", "changed"]
    smells(town, 6, 1)
    assert states(town) == ["began", "changed", "ended"]


def test_the_second_limit_of_hydrogen_sulphide_is_worth_a_word(town: Town) -> None:
    for minute, value in enumerate([6, 6, 6], start=1):
        smells(town, minute, value)
    assert len(smells(town, 4, 12)) == 1
    assert smells(town, 5, 12) == []


def test_a_doubtful_sample_alarms_and_says_its_flag(town: Town) -> None:
    (said,) = smells(town, 1, 30.0, quality="uncertain")
    assert said.evidence is not None
    assert said.evidence.observations[0].flag == 3


def test_a_late_sample_alarms_if_it_is_the_newest_and_not_if_a_newer_one_is_known(town: Town) -> None:
    assert len(smells(town, 1, 7.0, after=20 * MINUTE)) == 1
    other = Town().configured()
    smells(other, 15, 1.0)
    assert smells(other, 1, 7.0, after=20 * MINUTE) == []


def test_it_is_said_again_while_it_stands_and_turns_stale_when_the_sensor_is_silent(town: Town) -> None:
    smells(town, 1, 7.0)
    smells(town, 2, 7.0)
    town.pass_to(MIDNIGHT + 300 * MINUTE)
    words = [each for each in town.of(Signal) if each.kind == "waste.gas_high"]
    assert [each.state.value for each in words] == ["began", *["changed"] * (len(words) - 1)]
    assert words[-1].expires_at is not None
    assert MIDNIGHT + 60 * MINUTE < words[-1].expires_at < MIDNIGHT + 120 * MINUTE
    assert "waste.gas_high/T1/T1.gas_h2s" in town.of(Alive)[-1].open


def test_a_site_that_is_configured_away_takes_its_danger_with_it(town: Town) -> None:
    smells(town, 1, 7.0)
    town.configured(configuration(sites=(), version="2"))
    assert states(town) == ["began", "ended"]
    assert not any(name.startswith("gas/") for name in town.parts)


def test_the_city_says_better_what_to_do(town: Town) -> None:
    from msgspec.structs import replace

    told = Town().configured(configuration(sites=(replace(TANK, guidance_by_kind={"waste.gas_high": "Ring 112."}),)))
    [said] = smells(told, 1, 7.0)
    assert said.guidance == ("Ring 112.", False)
