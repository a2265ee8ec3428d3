"""One installation in a folder at a time."""

import subprocess
import sys
from pathlib import Path

import pytest
from talaia.cli.__main__ import main
from talaia.cli.trouble import Trouble
from talaia.cli.up.alone import alone


@pytest.mark.parametrize("verb", ["up", "demo"])
def test_a_folder_in_use_is_left_as_it_is_and_its_second_user_told(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "supervisord.conf").touch()
    monkeypatch.setattr("sys.argv", ["talaia", verb, "--var", str(tmp_path)])
    with alone(tmp_path), pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith(f"talaia: {tmp_path} is in use by another `talaia up` or `talaia demo`")
    assert [file.name for file in tmp_path.iterdir()] == ["supervisord.conf"]


def test_a_folder_is_free_again_when_its_user_was_killed(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from talaia.cli.up.alone import alone\n"
    script += "with alone(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdin=pipe, stdout=pipe) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"in\n"
        with pytest.raises(Trouble, match="in use"), alone(tmp_path):
            pass
        user.kill()
        user.wait()
        with alone(tmp_path):
            pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match=r"cannot use the folder .*--var"), alone(tmp_path / "file" / "var"):
        pass
