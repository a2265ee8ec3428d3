"""How soon a worker that is silent loses its partitions: a file that says nothing else of how brokers are spoken to."""

from pathlib import Path


def sessions_of(session_timeout_s: float, folder: Path) -> Path:
    """The file for TALAIA_KAFKA_FILE, made in a folder."""
    file = folder / f"sessions-of-{session_timeout_s:g}-s.toml"
    file.write_text(f"session_timeout_s = {session_timeout_s}\n")
    return file
