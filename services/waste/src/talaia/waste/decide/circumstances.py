"""When and why something is said."""

from datetime import datetime
from typing import NamedTuple

from talaia.waste.model.policy import Policy


class Circumstances(NamedTuple):
    """The moment and the cause of a word, the area it is for, and the configuration and policy it follows."""

    now: datetime
    cause: str
    area: str
    configuration: str
    policy: Policy
