"""How much of the rain that a tank's model reckons with comes in: a storm may fall beside the gauge, or the gauge be dead.

The share is that by which the changes of level that rain was to bring would have been foreseen best in the last half hour
or so, least squares with forgetting. Without evidence, and at most, it is the whole: rain that the gauge does not see
cannot be told from none.
"""

from collections.abc import Sequence

import numpy as np

from talaia.waste.decide import grey_box
from talaia.waste.model.parts import Model
from talaia.waste.model.policy import ForecastPolicy

Came = tuple[float, float]
"""Of the changes that rain was to bring, crests: the sum of products with what it brought, and the sum of squares; fading."""
NOTHING = (0.0, 0.0)


def after(models: Sequence[Model], changes_m: Sequence[float], crests_m: Sequence[float], policy: ForecastPolicy) -> list[Came]:
    """What came in until now, of each, after one more change that followed from the model's features."""
    if all(model.features.startswith(grey_box.NO_RAIN) for model in models):
        return [model.came for model in models]
    rows = grey_box.joined([model.features for model in models])
    weights = grey_box.joined([model.weights for model in models])
    by_rain = np.vecdot(rows[:, : grey_box.RAINS], weights[:, : grey_box.RAINS])
    brought = by_rain + changes_m - np.vecdot(rows, weights)
    reckoned = (by_rain / crests_m).tolist()
    keep, seen = policy.rain_share_kept, (brought / crests_m).tolist()
    return [
        (keep * model.came[0] + rain * came, keep * model.came[1] + rain * rain)
        for model, rain, came in zip(models, reckoned, seen, strict=True)
    ]


def of(came: Came, policy: ForecastPolicy) -> float:
    """The share of the rain, 0 to 1."""
    doubt = policy.rain_share_doubt
    return min(max((came[0] + doubt) / (came[1] + doubt), 0.0), 1.0)
