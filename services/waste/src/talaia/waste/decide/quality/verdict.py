"""What a test says of a sample."""

from typing import NamedTuple

from talaia.contracts.vocabulary import Flag


class Verdict(NamedTuple):
    """A flag, and which test gave it and why when it is not good."""

    flag: Flag
    test: str | None = None
    reason: str | None = None


GOOD = Verdict(Flag.GOOD)
