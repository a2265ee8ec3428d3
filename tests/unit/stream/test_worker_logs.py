"""What a worker writes to its log."""

import json
import logging
import subprocess
import sys

from talaia.stream.logs import Repeats


def said(name: str, message: str) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, None, None)


def test_what_a_library_says_ten_times_a_second_is_written_once() -> None:
    repeats = Repeats()
    assert [repeats.filter(said("aiokafka", "Unable connect")) for _ in range(5)] == [True, False, False, False, False]
    assert repeats.filter(said("aiokafka", "Connected"))


def test_what_talaia_says_is_written_every_time() -> None:
    repeats = Repeats()
    assert all(repeats.filter(said("talaia.stream.lane.lane", "ready")) for _ in range(5))


def test_a_log_line_is_one_json_object_with_the_name_of_the_process() -> None:
    script = (
        "import logging; from talaia.stream.logs import configure_logs as c; c('w1'); logging.info('two\\nlines', extra={'a': 1})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    (line,) = done.stderr.splitlines()
    written = json.loads(line)
    assert written.pop("time")
    assert written == {"level": "INFO", "logger": "root", "message": "two\nlines", "a": 1, "instance": "w1"}
