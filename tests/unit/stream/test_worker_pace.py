"""A worker that does not settle what waits for it is behind, however quiet it is."""

from talaia.stream.views.pace import Pace

PLACE = ("alerts.signals.v1", 3)


def test_a_worker_that_has_settled_everything_is_not_behind() -> None:
    pace = Pace()
    pace.look({PLACE: 7}, {PLACE: 7}, 100.0)
    assert pace.behind_s(500.0) == 0.0


def test_a_worker_that_settles_nothing_is_behind_since_something_waits() -> None:
    pace = Pace()
    pace.look({PLACE: 7}, {PLACE: 7}, 100.0)
    for now_s, end in ((103.0, 8), (106.0, 9), (109.0, 9)):
        pace.look({PLACE: end}, {PLACE: 7}, now_s)
    assert pace.behind_s(110.0) == 7.0


def test_a_busy_worker_that_goes_on_settling_is_never_far_behind() -> None:
    pace = Pace()
    for second in range(0, 300, 3):
        pace.look({PLACE: 100 * second + 100}, {PLACE: 100 * second}, float(second))
        assert pace.behind_s(float(second)) <= 3.0


def test_a_worker_that_never_settled_anything_is_behind_and_one_that_came_back_is_not() -> None:
    pace = Pace()
    pace.look({PLACE: 5}, {}, 0.0)
    pace.look({PLACE: 5}, {}, 30.0)
    assert pace.behind_s(30.0) == 30.0
    pace.look({PLACE: 6}, {PLACE: 6}, 33.0)
    assert pace.behind_s(33.0) == 0.0
