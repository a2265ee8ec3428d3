"""Why an application does not start."""


class Refused(RuntimeError):
    """An application must not start like this; the message is one sentence that says what to do."""
