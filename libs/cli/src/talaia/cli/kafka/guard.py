"""`python guard.py STARTER TARGET`: ends TARGET (SIGTERM) when its own starter is gone, so that nothing is orphaned."""

import contextlib
import os
import signal
import subprocess
import sys
import time

_LOOK_EVERY_S = 0.5


def watch(target: int) -> "subprocess.Popen[bytes]":
    """Start a guard over a process, for as long as this one lives."""
    # a session of its own: Ctrl-C is for the one who started it, who then stops all in order
    return subprocess.Popen([sys.executable, __file__, str(os.getpid()), str(target)], start_new_session=True)


def main(starter: int, target: int) -> None:
    """Wait for the starter's end, then end the target; both are process ids."""
    while os.getppid() == starter:
        time.sleep(_LOOK_EVERY_S)
    with contextlib.suppress(ProcessLookupError):
        os.kill(target, signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
