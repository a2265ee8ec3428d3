"""Which partition a key belongs to: murmur2 of its bytes, as Kafka's Java client does (other clients' defaults differ)."""

from functools import lru_cache
from itertools import count

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """Partition of a key among `partitions`."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


@lru_cache
def key_of(partition: int, partitions: int) -> str:
    """A key that belongs to a partition."""
    return next(key for key in map(str, count()) if partition_of(key.encode(), partitions) == partition)
