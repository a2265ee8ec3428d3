"""Makes an API key for each role. The file holds only digests; the keys themselves are printed once.

`python infra/tools/api_keys.py FILE`: FILE is what an API's key file setting names.
"""

import hashlib
import secrets
import sys
from pathlib import Path

from talaia.contracts.vocabulary import Role


def write(path: Path) -> dict[Role, str]:
    """A fresh key for every role; their digests are in `path`. Raises FileExistsError: keys in use are not thrown away."""
    keys = {role: secrets.token_urlsafe(32) for role in Role}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("x") as file:
        file.writelines(f"{role} {role} {hashlib.sha256(key.encode()).hexdigest()}\n" for role, key in keys.items())
    return keys


if __name__ == "__main__":
    target = Path(sys.argv[1])
    try:
        made = write(target)
    except FileExistsError:
        sys.exit(f"{target} is there already: delete it first if its keys are to end")
    sys.stdout.writelines(f"{role:<12}{key}\n" for role, key in made.items())
