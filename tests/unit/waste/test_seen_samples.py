"""Marks of seen samples, by which duplicates are known."""

from hypothesis import given
from hypothesis import strategies as st
from talaia.waste.decide import seen
from talaia.waste.model.parts import SEEN_SAMPLES, Marks

SAMPLES = st.tuples(st.sampled_from(("telemetry", "logger")), st.integers(-10_000, 10_000).map(float))


def marked(samples: list[tuple[str, float]]) -> Marks:
    marks = Marks()
    for source, time_s in samples:
        marks = seen.after(marks, source, time_s) or marks
    return marks


@given(samples=st.lists(SAMPLES, unique=True, max_size=SEEN_SAMPLES), more=SAMPLES)
def test_a_sample_is_a_duplicate_if_one_of_its_source_and_time_was_seen(
    samples: list[tuple[str, float]], more: tuple[str, float]
) -> None:
    marks = marked(samples)
    assert all(seen.after(marks, *each) is None for each in samples)
    assert (seen.after(marks, *more) is None) == (more in samples)


def test_only_the_marks_of_the_last_samples_are_kept() -> None:
    marks = marked([("telemetry", float(n)) for n in range(2 * SEEN_SAMPLES)])
    assert len(marks.marks) == 4 * SEEN_SAMPLES
    assert seen.after(marks, "telemetry", float(SEEN_SAMPLES - 1)) is not None
    assert seen.after(marks, "telemetry", float(SEEN_SAMPLES)) is None
