"""Our images without a container engine: buildah builds them in a chroot, namespaces of the kernel run them hardened.

The base is Debian by debootstrap, which has the same Python release as the real one; what the real one differs in is not proved.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.house import ROOT

STORE = ROOT / "var/images"
BASE = "localhost/talaia-base:bookworm"
TOOLS = ("buildah", "debootstrap", "unshare", "setpriv")
_BUILDAH = ("buildah", "--root", str(STORE / "root"), "--runroot", str(STORE / "run"), "--storage-driver", "overlay")
_SANDBOX = """set -eu
mount --make-rprivate /
mount --bind "$IMAGE" "$IMAGE"
mount -t proc proc "$IMAGE/proc"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$IMAGE/tmp"
mount --bind "$STATE" "$IMAGE/var/lib/talaia"
mount --bind /dev/urandom "$IMAGE/dev/urandom"
mount --bind /dev/null "$IMAGE/dev/null"
mount -o remount,bind,ro "$IMAGE"
exec chroot "$IMAGE" /usr/bin/setpriv --reuid=10001 --regid=10001 --clear-groups --bounding-set=-all --inh-caps=-all \
  --no-new-privs /usr/bin/env --chdir=/var/lib/talaia "$@"
"""
"""Read-only root, own processes, 64 MB of /tmp, no capability, no way to get one."""


def missing() -> list[str]:
    """Why images cannot be built here."""
    wanting = [tool for tool in TOOLS if shutil.which(tool) is None]
    return wanting if os.geteuid() == 0 else [*wanting, "root"]


@contextmanager
def alone() -> Iterator[None]:
    """Of several that want the images, one builds them; the others find them built."""
    STORE.mkdir(parents=True, exist_ok=True)
    with (STORE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def buildah(*arguments: str) -> str:
    done = subprocess.run([*_BUILDAH, *arguments], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, f"buildah {arguments[0]}: {(done.stdout + done.stderr)[-3000:]}"
    return done.stdout.strip()


def make_base() -> None:
    """The base image, unless the store has it."""
    if BASE in buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines():
        return
    archive, folder = STORE / "base.tar", STORE / "base"
    if not archive.exists():
        indexes = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Codename: bookworm"]
        mirror = subprocess.run(indexes, capture_output=True, text=True, check=True).stdout.split()[0]
        packages = "--include=ca-certificates,python3,python3-venv"
        shutil.rmtree(folder, ignore_errors=True)
        command = ["debootstrap", "--variant=minbase", packages, "bookworm", str(folder), mirror]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for owned in folder.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
            owned.unlink()
        (folder / "usr/bin/python").symlink_to("python3")
        _give_pip(folder)
        subprocess.run(
            ["tar", "-C", str(folder), "--exclude=./var/cache/apt/archives/*.deb", "-cf", str(archive), "."], check=True
        )
        shutil.rmtree(folder)
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, str(archive), "/")
    buildah("commit", "--quiet", "--format", "docker", "--rm", container, BASE)


def _give_pip(base: Path) -> None:
    """Put pip where the official base has it, so that taking it out of an image is tried."""
    (wheel,) = base.glob("usr/share/python-wheels/pip-*.whl")
    (python,) = base.glob("usr/lib/python3.*")
    zipfile.ZipFile(wheel).extractall(base / "usr/local/lib" / python.name / "dist-packages")
    pip = base / "usr/local/bin/pip"
    pip.write_text("#!/usr/bin/python3\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n")
    pip.chmod(0o755)


def build(name: str) -> str:
    """The image of a service, or of the command line; its tag. Certificates and settings of pip are this machine's."""
    tag = f"localhost/talaia-{name}:test"
    certificates = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
    uv = STORE / "uv.toml"
    uv.write_text("native-tls = true\n")
    volumes = [f"{certificates}:/etc/ssl/certs/ca-certificates.crt:ro", f"{uv}:/etc/uv/uv.toml:ro"]
    if Path("/etc/pip.conf").exists():
        volumes.append("/etc/pip.conf:/etc/pip.conf:ro")
    buildah(
        *("bud", "--quiet", "--layers", "--isolation", "chroot", "--format", "docker", "--timestamp", "0"),
        *(word for volume in volumes for word in ("--volume", volume)),
        *("--build-arg", f"BASE={BASE}", "--build-arg", f"SERVICE={name}"),
        *("--file", "infra/docker/Dockerfile", "--tag", tag, "."),
    )
    return tag


def configuration(tag: str) -> dict[str, Any]:
    """What the image says of itself."""
    found: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", tag))["Docker"]["config"]
    return found


@contextmanager
def files_of(tag: str) -> Iterator[Path]:
    """The image's files."""
    container = buildah("from", "--pull-never", tag)
    try:
        yield Path(buildah("mount", container))
    finally:
        buildah("rm", container)


def megabytes(folder: Path) -> float:
    used = subprocess.run(["du", "-sk", "--one-file-system", str(folder)], capture_output=True, text=True, check=True).stdout
    return int(used.split()[0]) / 1024


class Hardened:
    """A command in an image, as compose and Kubernetes run it; its process is the first one of its own namespace."""

    def __init__(self, image: Path, state: Path, log: Path, environment: Mapping[str, str], command: Sequence[str]) -> None:
        state.mkdir(exist_ok=True)
        os.chown(state, 10001, 10001)
        path = "/opt/talaia/bin:/usr/local/bin:/usr/bin:/bin"
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _SANDBOX, "sh", *command],
                env={"PATH": f"{path}:/usr/sbin:/sbin", "IMAGE": str(image), "STATE": str(state), **environment},
                stdout=out,
                stderr=out,
            )

    def first(self) -> int:
        """The number of the first process inside, seen from here; 0: not there yet."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return int(children[0]) if children else 0

    def status(self) -> dict[str, str]:
        """What the kernel says of it."""
        lines = Path(f"/proc/{self.first()}/status").read_text().splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

    def wait(self, seconds: float) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired."""
        return self._process.wait(seconds)

    def end(self) -> None:
        """Tell it to end."""
        os.kill(self.first(), signal.SIGTERM)

    def kill(self) -> None:
        """It and all that is in it, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace")
