"""A level over the city's own limit is said, unless a warning or an overflow says more."""

import pytest
from msgspec.structs import replace
from support.town import PIPE, TANK, Town, configuration
from talaia.waste.model.outcomes import Signal

LIMITED = replace(PIPE, high_level_m=0.6)


@pytest.fixture
def town() -> Town:
    return Town().configured(configuration(sites=(LIMITED, replace(TANK, high_level_m=4.0))))


def said(town: Town, site: str) -> list[str]:
    """What was said of its high level, without what was only said again."""
    told = [each for each in town.of(Signal, site) if each.kind == "waste.level_high"]
    return [each.state.value for each in told if each.state.value != "changed"]


def test_two_levels_over_the_limit_begin_it_and_two_well_under_it_end_it(town: Town) -> None:
    after = town.levels([0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.59, 0.61], site="CSO1")
    town.pass_to(town.now)
    assert said(town, "CSO1") == []
    after = town.levels([0.62, 0.61, 0.6], after, "CSO1")
    assert said(town, "CSO1") == ["began"]
    after = town.levels([0.59, 0.59, 0.59], after, "CSO1")
    assert said(town, "CSO1") == ["began"]
    town.levels([0.57, 0.56, 0.55], after, "CSO1")
    assert said(town, "CSO1") == ["began", "ended"]


def test_a_lone_spike_says_nothing(town: Town) -> None:
    town.levels([0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1], site="CSO1")
    assert said(town, "CSO1") == []


def test_a_lone_spike_is_no_second_level_over_the_limit_nor_under_it(town: Town) -> None:
    after = town.levels([0.5, 0.55, 0.58, 0.61, 1.5, 0.59, 0.58], site="CSO1")
    assert said(town, "CSO1") == []
    after = town.levels([0.61, 0.62, 0.59, 0.1, 0.6], after, "CSO1")
    assert said(town, "CSO1") == ["began"]


def test_it_is_not_said_while_a_warning_or_an_overflow_of_the_site_is_open(town: Town) -> None:
    after = town.levels([1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.0, 5.0, 5.0])
    assert ("overflow_started", "began") in town.signals("T1")
    assert said(town, "T1") == []
    town.levels([4.8, 4.7, 4.6, 4.6, 4.6, 4.6], after)
    assert said(town, "T1") == ["began"]


def test_a_site_without_a_limit_says_nothing() -> None:
    town = Town().configured()
    town.levels([0.1, 0.3, 0.5, 0.7, 0.8, 0.8, 0.8], site="CSO1")
    assert said(town, "CSO1") == []
