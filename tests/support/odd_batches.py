"""Record batches that no client makes, but that anybody can write who speaks to Kafka with bytes of his own."""

from aiokafka.codec import lz4_encode
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

LZ4 = 3
_PLACEHOLDER = "abab"
_HEAD_BYTES = 61
_LENGTH, _CRC, _ATTRIBUTES = slice(8, 12), slice(17, 21), slice(21, 23)
_COUNTED_FROM = 12


def with_header_name(name: bytes, values: list[bytes], key: bytes = b"k", base_offset: int = 0, codec: int = 0) -> bytes:
    """A batch whose second record has a header of that name, of four bytes."""
    assert len(name) == len(_PLACEHOLDER)
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 20)
    for number, value in enumerate(values):
        builder.append(number, 1_700_000_000_000, key, value, [(_PLACEHOLDER, b"b"), ("good", None)] if number == 1 else [])
    built = bytearray(builder.build().replace(_PLACEHOLDER.encode(), name))
    if codec == LZ4:
        built[_HEAD_BYTES:] = lz4_encode(bytes(built[_HEAD_BYTES:]))
        built[_ATTRIBUTES] = codec.to_bytes(2, "big")
    built[:8] = base_offset.to_bytes(8, "big")
    built[_LENGTH] = (len(built) - _COUNTED_FROM).to_bytes(4, "big")
    built[_CRC] = calc_crc32c(bytes(built[_ATTRIBUTES.start :])).to_bytes(4, "big")
    return bytes(built)
