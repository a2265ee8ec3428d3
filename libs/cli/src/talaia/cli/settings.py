"""`talaia settings`: what the processes of this environment are told."""

from talaia.stream.origins import tell


def settings() -> None:
    """Show every setting: its value, where that comes from, what it means; of a secret only that it is set.

    Exit code 1 when a variable is wrong.
    """
    tell()
