"""`python guard.py PID`: ends PID (SIGTERM) when the process that started the guard is gone, so that nothing is orphaned."""

import contextlib
import os
import signal
import sys
import time

_LOOK_EVERY_S = 0.5


def main(target: int) -> None:
    """Wait for the starter's end, then end the target."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    starter = os.getppid()
    while os.getppid() == starter:
        time.sleep(_LOOK_EVERY_S)
    with contextlib.suppress(ProcessLookupError):
        os.kill(target, signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]))
