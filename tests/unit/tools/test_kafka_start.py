"""infra/kafka/start.sh, with programs in the place of Kafka's that write down what they are asked."""

import subprocess
from pathlib import Path

import pytest
from support.house import ROOT

SCRIPT = ROOT / "infra/kafka/start.sh"
STORAGE = """#!/bin/sh
[ "$1" = random-uuid ] && echo a-cluster && exit
for word; do last="$word"; done
{ echo "$*"; ls -l "${last#@}" | cut -c 1-10; cat "${last#@}"; } >> "$ASKED"
echo "digests of the password"
exit "$FORMATS"
"""
SERVER = """#!/bin/sh
echo "server $*" >> "$ASKED"
"""


class Start:
    """One node: its folder and what its programs were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.password = folder, folder / "asked", folder / "password"
        for name, text in (("kafka-storage.sh", STORAGE), ("kafka-server-start.sh", SERVER)):
            file = folder / "bin" / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            file.chmod(0o755)
        (folder / "data").mkdir()
        (folder / "temporary").mkdir()
        self.properties = folder / "server.properties"
        self.properties.write_text(f"node.id=1\nlog.dirs={folder}/data\n")
        self.password.write_text("geheim-1\n")

    def run(self, formats: int = 0) -> subprocess.CompletedProcess[str]:
        told = {"KAFKA_HOME": str(self.folder), "TMPDIR": str(self.folder / "temporary"), "ASKED": str(self.asked)}
        command = [str(SCRIPT), str(self.properties), str(self.password)]
        environment = told | {"FORMATS": str(formats), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert list((self.folder / "temporary").iterdir()) == [], "a file with the password is left"
        return done


@pytest.fixture
def node(tmp_path: Path) -> Start:
    return Start(tmp_path)


def test_a_new_folder_is_formatted_with_the_administrator_whose_password_only_a_private_file_holds(node: Start) -> None:
    done = node.run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    formatted, mode, option, value, started = node.asked.read_text().splitlines()
    assert formatted.startswith(f"format --standalone --cluster-id=a-cluster --config {node.properties} @")
    assert "geheim" not in formatted
    assert (mode, option, value) == ("-rw-------", "--add-scram", "SCRAM-SHA-512=[name=admin,password=geheim-1]")
    assert started == f"server {node.properties}"


def test_a_folder_that_is_formatted_is_left_as_it_is(node: Start) -> None:
    (node.folder / "data/meta.properties").touch()
    assert node.run().returncode == 0
    assert node.asked.read_text() == f"server {node.properties}\n"


def test_where_formatting_fails_nothing_is_started(node: Start) -> None:
    assert node.run(formats=1).returncode == 1
    assert "server" not in node.asked.read_text().splitlines()[-1]


@pytest.mark.parametrize("password", ["", "a,b", "a]b", "a b", "a\nb", "ü", '"'])
def test_a_password_that_kafka_would_take_apart_is_refused_with_the_cure(node: Start, password: str) -> None:
    node.password.write_text(password)
    done = node.run()
    assert done.returncode == 78
    assert done.stderr == f"{node.password} must hold a password of letters, digits, - and _: delete it and run make secrets\n"
    assert not node.asked.exists()


def test_without_the_file_the_cure_is_told(node: Start) -> None:
    node.password.unlink()
    done = node.run()
    assert done.returncode == 78
    assert "run make secrets" in done.stderr
