"""Who asks, and what that lets them do."""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from talaia.contracts.vocabulary import Role

RANKS = {role: rank for rank, role in enumerate(Role)}


class Scope(StrEnum):
    """What an API key is for, within its role: a gateway's may hand in measurements and read nothing."""

    READ = "read"
    ACT = "act"
    INGEST = "ingest"


EVERYTHING = frozenset(Scope)


@dataclass(frozen=True)
class Principal:
    """Who asks: the name of a key, or `oidc:` and the name of a person; of an open application `loopback`.

    csrf: what the writes of this browser session must carry; empty without a session.
    """

    name: str
    role: Role
    scopes: frozenset[Scope] = EVERYTHING
    csrf: str = ""

    def may(self, role: Role, scope: Scope) -> bool:
        """Each role may do what those before it may, in every scope of the key."""
        return RANKS[self.role] >= RANKS[role] and scope in self.scopes

    def carries(self, token: str) -> bool:
        """Whether a write came from a page of this session."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())


LOOPBACK = Principal("loopback", Role.ENGINEER)
