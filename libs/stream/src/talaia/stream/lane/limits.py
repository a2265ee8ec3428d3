"""Times and sizes of a worker's life on Kafka, in one place."""

from dataclasses import dataclass

BATCH_BYTES = 4 * 1_048_576
"""Largest record batch that merged slices may make; the changelog takes 8 MiB."""
REQUEST_TIMEOUT_MS = 30_000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds, but for the counts. session_s: a worker silent for longer loses its partitions.

    settle_s: longest a settle may take, longer than a broker's restart. rewrite_s, claim_s: how often an owner shows
    the broker that its producer id is in use (Kafka forgets it after 24 h of silence, its transactional id after 7 days).
    """

    session_s: float = 30.0
    slices_in_flight: int = 8
    gather_s: float = 0.01
    settle_s: float = 120.0
    drain_s: float = 3.0
    exit_s: float = 4.8
    rewrite_s: float = 3_600.0
    claim_s: float = 86_400.0
    quiet_s: float = 1.0
    start_s: float = 300.0
    stuck_s: float = 120.0
    silent_loop_s: float = 30.0

    @property
    def oust_s(self) -> float:
        """After this a worker that was thrown out knows it, and its last request has ended."""
        return self.session_s + REQUEST_TIMEOUT_MS / 1000
