"""Who says it, and by which id: both follow from what led to it."""

from functools import partial

from talaia.stream import translation

source_of = partial(translation.source_of, "waste")
outcome_id = partial(translation.outcome_id, "waste")
