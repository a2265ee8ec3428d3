"""What an operator is told to do about a condition, whatever a city has written down."""

import pytest
from msgspec.structs import replace
from support.town import TANK
from talaia.waste.model import conditions
from talaia.waste.model.conditions import GUIDANCE, KINDS, guidance

BARE = replace(TANK, guidance="", guidance_by_kind={})


@pytest.mark.parametrize("kind", KINDS)
def test_every_condition_says_what_to_do_where_the_city_says_nothing(kind: str) -> None:
    said = guidance(kind, BARE)
    assert (len(said.text) > 20, said.general) == (True, True)
    assert guidance(kind, None) == said


def test_what_the_city_says_of_a_site_is_about_its_spills_and_goes_before_what_is_done_in_general() -> None:
    own = {kind for kind in KINDS if guidance(kind, replace(BARE, guidance="Open the gate.")) == ("Open the gate.", False)}
    assert own == {
        conditions.OVERFLOW_WATCH,
        conditions.OVERFLOW_EXPECTED,
        conditions.OVERFLOW_STARTED,
        conditions.DRY_WEATHER_SPILL,
    }


def test_what_the_city_says_of_a_kind_goes_before_all() -> None:
    site = replace(BARE, guidance="Open the gate.", guidance_by_kind=dict.fromkeys(GUIDANCE, "Ring 112."))
    assert {guidance(kind, site) for kind in KINDS} == {("Ring 112.", False)}
