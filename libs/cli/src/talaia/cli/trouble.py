"""What ends a verb before its aim: one sentence for a person, and an exit code."""

MISTAKE = 2
"""What was given is wrong."""
FAILURE = 1
"""Something else did not do as it should."""


class Trouble(Exception):
    """The message says what is wrong and what to do; shown without a stack trace."""

    def __init__(self, message: str, code: int = FAILURE) -> None:
        super().__init__(message)
        self.code = code
