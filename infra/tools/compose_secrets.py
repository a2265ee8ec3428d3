"""Makes the keys and passwords that docker-compose.yml names, a file each; what is there already stays.

In `bus` stand the users of the bus, as `talaia topics apply --users` wants them, and who lets them in; in `keys` the digests of
API keys, in `watch` the key of Prometheus, in `databases` the address of each API's own.

`python infra/tools/compose_secrets.py FOLDER ENV SERVICE...`: ENV is compose's own file of variables, told where the folder is.
Keys of people are printed once; their file holds only digests.
"""

import hashlib
import secrets
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import api_keys
from talaia.contracts.catalogue import every_topic
from talaia.contracts.vocabulary import Role
from talaia.stream import users
from talaia.stream.rights import rights_by_user

GROUP = 10001
"""Of whom the containers that read them are."""
KEYS, METRICS_KEY = "keys/api_keys", "watch/metrics_key"
BUS, ADMIN, ADMIN_PASSWORD = "bus", "admin", "admin_password"


def write(folder: Path, services: Iterable[str]) -> Mapping[str, str]:
    """Make what is missing; the keys of people that were made, by role."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = {} if (folder / KEYS).exists() else api_keys.write(folder / KEYS)
    metrics = folder / METRICS_KEY
    if not metrics.exists() or hashlib.sha256(metrics.read_bytes()).hexdigest() not in (folder / KEYS).read_text():
        metrics.unlink(missing_ok=True)
        _make(metrics, api_keys.add(folder / KEYS, "metrics", Role.VIEWER, scopes="read"))
    for password in ("grafana_password", "postgres_password"):
        _make(folder / password, secrets.token_urlsafe(32))
    for service in services:
        _make(folder / f"databases/{service}_database", f"postgresql://{service}:{secrets.token_urlsafe(32)}@postgres/{service}")
    bus = folder / BUS
    users.write_missing(bus, rights_by_user(every_topic()))
    _make(bus / ADMIN_PASSWORD, secrets.token_urlsafe(32))
    _make(users.file_of(bus, ADMIN), f'user = "{ADMIN}"\npassword_file = "{ADMIN_PASSWORD}"\n')
    return {str(role): key for role, key in keys.items()}


def name_folder(env: Path, folder: Path) -> None:
    """Tell compose where the folder is, unless it knows."""
    said = env.read_text() if env.exists() else ""
    if "SECRETS_FOLDER=" not in said:
        env.write_text(f"{said}SECRETS_FOLDER=./{folder.as_posix()}\n")


def give_to_group(folder: Path) -> bool:
    """Let the containers' group read the files, and nobody else but the owner; False: this user may not."""
    try:
        for path in folder.rglob("*"):
            shutil.chown(path, group=GROUP)
            path.chmod(0o2750 if path.is_dir() else 0o640)  # what an editor puts there has the group too
    except PermissionError:
        return False
    return True


def _make(file: Path, content: str) -> None:
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch(mode=0o640)
        file.write_text(content)


def main(folder: Path, env: Path, services: Iterable[str]) -> None:
    """Make all of it and say what people must know."""
    keys = write(folder, services)
    name_folder(env, folder)
    if keys:
        print("Keep these keys, they are shown this once: programs send one as X-API-Key, a browser asks for it as password.")
        sys.stdout.writelines(f"{role:<12}{key}\n" for role, key in keys.items())
        print(f"All else that containers need is in {folder}; {env} tells compose so.")
    else:
        print(f"The keys in {folder / KEYS} are in use and stay; delete the file if they are to end.")
    if not give_to_group(folder):
        print("So that the containers can read them:")
        print(f"sudo chgrp -R {GROUP} {folder}/* && sudo chmod -R u=rwX,g=rX,o= {folder}/* && sudo chmod g+s {folder}/*/")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
