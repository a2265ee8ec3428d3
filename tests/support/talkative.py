"""`python -m support.talkative LEVEL MODULE ARGUMENT...`: a process of ours, all of whose loggers speak from a level up.

After `,` come the arguments of a further run of the same module.
What the process silences because it would write secrets down, kafka-python, stays as the process wants it.
"""

import logging
import runpy
import sys

LOUD = (None, "faust", "mode", "aiokafka", "asyncio", "sqlalchemy", "psycopg", "uvicorn", "fastapi")


def speak_up(level: str) -> None:
    """From now on, whatever is said of levels afterwards."""
    logging.basicConfig(level=level)
    for name in LOUD:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.__dict__["setLevel"] = lambda _level: None


def run_each(module: str, arguments: list[str]) -> int:
    """The exit code of the last run."""
    code: object = 0
    for run in " ".join(arguments).split(" , "):
        sys.argv[:] = [module, *run.split()]
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            code = end.code
            if isinstance(code, str):
                sys.stderr.write(code + "\n")
    return int(bool(code))


if __name__ == "__main__":
    speak_up(sys.argv[1])
    sys.exit(run_each(sys.argv[2], sys.argv[3:]))
