"""Kafka's jars: fetched once into a cache outside the checkout, each checked against the lock."""

import errno
import hashlib
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from jgo.maven import MavenContext
from platformdirs import user_cache_path
from rich.progress import Progress

from talaia.cli.kafka.lock import Artifact, KafkaUnavailable, locked
from talaia.cli.plain import plain_console

_AT_ONCE = 8
_TIMEOUT_S = 30
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def cached_jars() -> list[Path]:
    """All jars of the lock, in its order; those missing or damaged are fetched. Raises KafkaUnavailable."""
    return fetch(locked(), _cache())


def missing_jars() -> list[Artifact]:
    """Jars of the lock that are not in the cache, or are damaged."""
    return [artifact for artifact in locked() if not _whole(_cache() / artifact.file, artifact)]


def fetch(artifacts: Sequence[Artifact], cache: Path) -> list[Path]:
    """The artifacts as files of the cache folder. Raises KafkaUnavailable."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        missing = [artifact for artifact in artifacts if not _whole(cache / artifact.file, artifact)]
        if missing:
            _fetch_all(missing, cache)
    except OSError as error:
        raise KafkaUnavailable(_disk_trouble(error, cache)) from None
    return [cache / artifact.file for artifact in artifacts]


def _cache() -> Path:
    return user_cache_path("talaia") / "kafka-jars"


def _fetch_all(artifacts: Sequence[Artifact], cache: Path) -> None:
    # Fetched beside the cache and moved when whole: an interrupted or a second run never leaves half a jar.
    console = plain_console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix=".fetching-", dir=cache) as folder,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        context = MavenContext(repo_cache=Path(folder), timeout=_TIMEOUT_S)
        bar = progress.add_task(f"Kafka: {len(artifacts)} jars", total=len(artifacts))
        tasks = [pool.submit(_fetch_one, context, artifact, cache) for artifact in artifacts]
        try:
            for task in as_completed(tasks):
                task.result()
                progress.advance(bar)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(context: MavenContext, artifact: Artifact, cache: Path) -> None:
    component = context.project(artifact.group, artifact.name).at_version(artifact.version)
    try:
        jar = Path(component.artifact(classifier=artifact.classifier).resolve())
    except OSError as error:  # requests' errors are OSErrors too
        if error.errno in _NO_SPACE:
            raise
        raise KafkaUnavailable(_network_trouble(artifact, type(error).__name__)) from None
    except RuntimeError:
        raise KafkaUnavailable(_network_trouble(artifact, "not found there")) from None
    if not _whole(jar, artifact):
        raise KafkaUnavailable(
            f"{artifact} from Maven Central is not what kafka.lock names (SHA-256 {_sha256(jar)[:12]}... "
            f"instead of {artifact.sha256[:12]}...): try again, and look at what stands between you and Maven Central"
        )
    jar.replace(cache / artifact.file)


def _network_trouble(artifact: Artifact, why: str) -> str:
    return (
        f"cannot fetch {artifact} from Maven Central ({why}): check the network and the proxy (HTTPS_PROXY), "
        "or use a running Kafka by setting TALAIA_KAFKA_BOOTSTRAP=host:port"
    )


def _disk_trouble(error: OSError, cache: Path) -> str:
    if error.errno in _NO_SPACE:
        return f"no space left for Kafka's jars in {cache}: free 100 MB, or set XDG_CACHE_HOME to a folder on another disk"
    return f"cannot keep Kafka's jars in {cache} ({error.strerror or type(error).__name__}): make the folder writable"


def _whole(file: Path, artifact: Artifact) -> bool:
    return file.is_file() and _sha256(file) == artifact.sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
