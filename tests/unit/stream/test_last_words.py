"""What a worker notes of its end for its next start."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from talaia.stream.last_words import Ends, LastWords, read_ends
from talaia.stream.stopping import REFUSED, STUCK, Stop

_DYING = """
import logging, pathlib, sys
from talaia.stream.last_words import LastWords
from talaia.stream.stopping import die
logging.root.addHandler(LastWords(pathlib.Path(sys.argv[1])))
logging.critical("words of a library that end nothing")
die(int(sys.argv[2]), sys.argv[3])
"""


def die(file: Path, code: int, why: str) -> None:
    done = subprocess.run([sys.executable, "-c", _DYING, str(file), str(code), why], capture_output=True, check=False)
    assert done.returncode == code


def test_the_next_start_knows_code_and_reason_of_the_end_and_counts_the_watchdog(tmp_path: Path) -> None:
    file = tmp_path / "exits.json"
    assert read_ends(file) == Ends()
    die(file, STUCK, "watchdog: the event loop has been silent for 31 s")
    die(file, REFUSED, "topic x was deleted and made anew")
    ends = read_ends(file)
    assert ends.watchdog_exits == 1
    assert [(end.code, end.why) for end in ends.last] == [
        (STUCK, "watchdog: the event loop has been silent for 31 s"),
        (REFUSED, "topic x was deleted and made anew"),
    ]
    assert ends.last[0].at < ends.last[1].at


def _note(file: Path, code: int) -> None:
    record = logging.makeLogRecord({"levelno": logging.CRITICAL, "msg": "why", "exit_code": code})
    LastWords(file).emit(record)


def test_the_file_stays_small_however_often_a_worker_ends(tmp_path: Path) -> None:
    file = tmp_path / "exits.json"
    for _ in range(100):
        _note(file, STUCK)
    assert read_ends(file).watchdog_exits == 100
    assert len(read_ends(file).last) == 5
    assert [place.name for place in tmp_path.iterdir()] == ["exits.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"watchdog_exits": "many"}', b"[]"])
def test_a_file_that_is_none_of_ours_counts_as_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "exits.json"
    file.write_bytes(content)
    assert read_ends(file) == Ends()
    _note(file, STUCK)
    assert read_ends(file).watchdog_exits == 1


def test_a_place_that_cannot_be_written_holds_no_end_up(tmp_path: Path) -> None:
    die(tmp_path / "nowhere" / "exits.json", STUCK, "watchdog: why")


def test_a_place_that_cannot_be_read_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="TALAIA_EXITS_FILE"):
        read_ends(tmp_path)
