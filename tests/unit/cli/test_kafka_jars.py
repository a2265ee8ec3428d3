import errno
import hashlib
import io
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from talaia.cli.kafka import jars
from talaia.cli.kafka.lock import Artifact, KafkaUnavailable, kafka_version, locked, read_lock

_SHA = "a" * 64
_word = st.text("abcdefghij.-0123456789", min_size=1, max_size=12)


@given(st.lists(st.tuples(_word, _word, _word, st.one_of(st.just(""), _word))))
def test_a_lock_written_line_by_line_is_read_back(coordinates: list[tuple[str, str, str, str]]) -> None:
    artifacts = [Artifact(*coordinate, _SHA) for coordinate in coordinates]
    assert read_lock("# a comment\n\n" + "\n".join(f"{artifact} {_SHA}" for artifact in artifacts)) == artifacts


@pytest.mark.parametrize(
    "line", ["g:a:1", "g:a deadbeef", f"g:a:1:c:d {_SHA}", f"g::1 {_SHA}", "g:a:1 abc", f"g:a:1 {_SHA} more"]
)
def test_a_broken_lock_line_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_lock(f"g:a:1 {_SHA}\n{line}")


def test_the_shipped_lock_names_one_kafka_release_and_every_jar_once() -> None:
    artifacts = locked()
    own = [artifact for artifact in artifacts if artifact.group == "org.apache.kafka"]
    assert {artifact.version for artifact in own} == {kafka_version()}
    assert len({artifact.file for artifact in artifacts}) == len(artifacts)


@pytest.fixture
def jar(tmp_path: Path) -> tuple[Artifact, Path]:
    content = b"a jar"
    artifact = Artifact("org.talaia", "thing", "1.0", "", hashlib.sha256(content).hexdigest())
    return artifact, tmp_path / "cache" / artifact.file


class _Maven:
    """Stands where Maven Central is: answers every request with one body, or raises."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, url: str, **_: object) -> requests.Response:
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        response = requests.Response()
        response.status_code = 200 if self.answer else 404
        response.raw = io.BytesIO(self.answer)
        return response


def _central(monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception) -> _Maven:
    central = _Maven(answer)
    monkeypatch.setattr("jgo.maven._resolver.http.get", central)
    return central


def test_a_missing_jar_is_fetched_once(jar: tuple[Artifact, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    artifact, file = jar
    central = _central(monkeypatch, b"a jar")
    assert jars.fetch([artifact], file.parent) == [file]
    asked = len(central.asked)
    assert file.read_bytes() == b"a jar"
    assert jars.fetch([artifact], file.parent) == [file]
    assert len(central.asked) == asked > 0
    assert [left.name for left in file.parent.iterdir()] == [file.name]


def test_a_damaged_jar_is_fetched_anew(jar: tuple[Artifact, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    artifact, file = jar
    file.parent.mkdir()
    file.write_bytes(b"half a")
    _central(monkeypatch, b"a jar")
    jars.fetch([artifact], file.parent)
    assert file.read_bytes() == b"a jar"


def test_a_jar_with_another_hash_is_refused_and_not_kept(jar: tuple[Artifact, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    artifact, file = jar
    _central(monkeypatch, b"another jar")
    with pytest.raises(KafkaUnavailable, match=r"org\.talaia:thing:1\.0 .* is not what kafka\.lock names"):
        jars.fetch([artifact], file.parent)
    assert not file.exists()


@pytest.mark.parametrize("answer", [b"", requests.ConnectionError("no route")])
def test_without_network_the_artifact_and_the_cure_are_named(
    jar: tuple[Artifact, Path], monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception
) -> None:
    artifact, file = jar
    _central(monkeypatch, answer)
    with pytest.raises(KafkaUnavailable, match=r"cannot fetch org\.talaia:thing:1\.0 .*HTTPS_PROXY.*TALAIA_KAFKA_BOOTSTRAP"):
        jars.fetch([artifact], file.parent)


def test_a_full_disk_is_named_with_its_folder(jar: tuple[Artifact, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    artifact, file = jar
    _central(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(KafkaUnavailable, match=r"no space left .*cache"):
        jars.fetch([artifact], file.parent)
