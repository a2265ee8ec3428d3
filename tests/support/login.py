"""The OpenID provider as a process, and an installation that trusts it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.asking import answers, ask
from support.login_provider import AUDIENCE, CLIENT_ID, CLIENT_SECRET
from support.processes import wait_for
from talaia.cli.kafka.node import free_port
from talaia.contracts.vocabulary import Role

TESTS = Path(__file__).parents[1]


class LoginProvider:
    """A provider that runs, can be stopped, and comes back with other keys."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "support.login_provider", str(self.port)]
        self._process = subprocess.Popen(command, cwd=TESTS)
        wait_for(self._answers, "the login provider to answer")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def token(self, role: Role | str | None = None, *, header: dict[str, str] | None = None, **claims: Any) -> str:
        """A token that the provider signs. claims: other than those of a valid one; None: without it."""
        held = {} if role is None else {"sub": f"{role}-1", "realm_access": {"roles": ["offline_access", role]}}
        answer = ask("POST", f"{self.issuer}/test/sign", json={"claims": held | claims, "header": header or {}})
        return str(answer.raise_for_status().json())

    def keys(self) -> list[dict[str, Any]]:
        """Its public keys."""
        found: list[dict[str, Any]] = ask("GET", f"{self.issuer}/jwks").json()["keys"]
        return found

    def rotate(self) -> None:
        """Sign with a new key; the old ones stay published."""
        ask("POST", f"{self.issuer}/test/rotate").raise_for_status()

    def withdraw(self) -> None:
        """Publish the newest key alone."""
        ask("POST", f"{self.issuer}/test/withdraw").raise_for_status()

    def publish(self, odd: list[Any]) -> None:
        """Before its own keys publish these, which nobody signs with."""
        ask("POST", f"{self.issuer}/test/publish", json=odd).raise_for_status()

    def oidc_file(self, folder: Path, public_url: str = "http://127.0.0.1:8001", **more: str) -> Path:
        """The file of an installation that trusts this provider."""
        said = {
            "issuer": self.issuer,
            "audience": AUDIENCE,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "public_url": public_url,
            "role_claim": "realm_access.roles",
        } | more
        file = folder / "oidc.toml"
        file.write_text("".join(f'{name} = "{value}"\n' for name, value in said.items()))
        file.chmod(0o600)
        return file

    def _answers(self) -> bool:
        return answers(f"{self.issuer}/jwks")


@pytest.fixture(scope="module")
def provider() -> Iterator[LoginProvider]:
    """A provider that runs."""
    running = LoginProvider()
    running.start()
    yield running
    running.stop()
