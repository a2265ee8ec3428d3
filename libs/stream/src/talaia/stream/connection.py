"""How every client of ours reaches Kafka: where, as whom, over what; and the one sentence when it cannot."""

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from aiokafka.conn import create_conn
from aiokafka.errors import AuthenticationFailedError, KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    LeaderNotAvailableError,
    NotCoordinatorError,
    NotLeaderForPartitionError,
    UnknownTopicOrPartitionError,
)
from kafka.errors import KafkaError as AdminError

from talaia.stream.host_port import host_port
from talaia.stream.kafka_file import KafkaFile, read_kafka_file
from talaia.stream.odd_batches import bear_with_them
from talaia.stream.private_file import SecurityRefused
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable, NotAccepted

_KNOCK_S = 5.0
_ADMIN_TIMEOUT_MS = 15_000
_NOT_YET_S = 10.0
_LOOK_EVERY_S = 0.1
_NOT_ACCEPTED = (AuthenticationFailedError, SaslAuthenticationFailed)
_REFUSALS = (UnsupportedSaslMechanismError, ssl.SSLError)
_NOT_YET = (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    LeaderNotAvailableError,
    NotCoordinatorError,
    NotLeaderForPartitionError,
)

Answer = TypeVar("Answer")

bear_with_them()


def connection(settings: BusSettings) -> dict[str, Any]:
    """Arguments for any client of aiokafka and kafka-python. Raises BusUnavailable."""
    known = kafka_file_of(settings)
    try:
        protected = known.clients()
    except SecurityRefused as why:
        raise BusUnavailable(f"TALAIA_KAFKA_FILE: {why}") from None
    return {"bootstrap_servers": settings.kafka_bootstrap.split(",")} | protected


def kafka_file_of(settings: BusSettings) -> KafkaFile:
    """What the Kafka file says now: a client made later takes a changed password. Raises BusUnavailable."""
    if settings.kafka_file is None:
        return KafkaFile()
    try:
        return read_kafka_file(settings.kafka_file)
    except SecurityRefused as why:
        raise BusUnavailable(f"TALAIA_KAFKA_FILE: {why}") from None


def no_answer(settings: BusSettings, error: BaseException) -> BusUnavailable:
    """What is said when Kafka does not answer at all."""
    return BusUnavailable(
        f"Kafka at {settings.kafka_bootstrap} does not answer ({type(error).__name__}): start one (`talaia up` does), correct "
        "TALAIA_KAFKA_BOOTSTRAP, or name user and ca_file in TALAIA_KAFKA_FILE if it asks for them"
    )


async def knock(settings: BusSettings) -> None:
    """Whether Kafka lets this process in, told at once: clients that are refused try again and do not say why.

    Raises BusUnavailable. Without user and TLS there is nothing to be refused, and nothing is asked.
    """
    known = kafka_file_of(settings)
    if not known.asks:
        return
    arguments = connection(settings)
    failure: BaseException = TimeoutError()
    for broker in arguments.pop("bootstrap_servers"):
        try:
            async with asyncio.timeout(_KNOCK_S):
                (await create_conn(*host_port(broker), request_timeout_ms=int(_KNOCK_S * 1000), **arguments)).close()
            return
        except _NOT_ACCEPTED:
            why = f"does not accept user {known.user}: correct user or password in TALAIA_KAFKA_FILE"
            raise NotAccepted(f"Kafka at {broker} {why}") from None
        except _REFUSALS as error:
            raise BusUnavailable(_refusal(known, broker, error)) from None
        except (KafkaError, OSError, TimeoutError) as error:
            if known.ca_file and isinstance(error, ConnectionResetError):
                raise BusUnavailable(_refusal(known, broker, error)) from None
            failure = error
    raise no_answer(settings, failure)


def _refusal(known: KafkaFile, broker: str, error: Exception) -> str:
    match error:
        case UnsupportedSaslMechanismError():
            return f"Kafka at {broker} does not take {known.mechanism}: correct mechanism in TALAIA_KAFKA_FILE"
        case ssl.SSLCertVerificationError():
            why = f"shows a certificate that ca_file does not vouch for ({error.verify_message})"
            return f"Kafka at {broker} {why}: correct ca_file in TALAIA_KAFKA_FILE, or TALAIA_KAFKA_BOOTSTRAP"
    return (
        f"Kafka at {broker} does not speak TLS as asked ({getattr(error, 'reason', None) or type(error).__name__}): correct "
        "TALAIA_KAFKA_BOOTSTRAP, or ca_file and certificate_file in TALAIA_KAFKA_FILE"
    )


def accepted(settings: BusSettings) -> bool:
    """Whether Kafka takes this user with this password. Raises BusUnavailable when something else is in the way."""
    try:
        _knock_and_wait(settings)
    except NotAccepted:
        return False
    return True


def _knock_and_wait(settings: BusSettings) -> None:
    with ThreadPoolExecutor(1) as thread:  # the caller's may run an event loop
        thread.submit(asyncio.run, knock(settings)).result()


def librdkafka(settings: BusSettings) -> dict[str, str]:
    """Settings for a client of librdkafka, which counts again what ours did. Raises BusUnavailable."""
    return {"bootstrap.servers": settings.kafka_bootstrap} | kafka_file_of(settings).librdkafka()


@contextlib.contextmanager
def administrator(settings: BusSettings, timeout_ms: int = _ADMIN_TIMEOUT_MS) -> Iterator[KafkaAdminClient]:
    """kafka-python's admin client. timeout_ms: of one question. Raises BusUnavailable, also for errors inside the block."""
    # its words on lost connections are for developers, and at level debug it writes its arguments down
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    _knock_and_wait(settings)
    try:
        admin = KafkaAdminClient(**connection(settings), bootstrap_timeout_ms=timeout_ms, request_timeout_ms=timeout_ms)
    except (AdminError, OSError) as error:
        raise no_answer(settings, error) from None
    try:
        yield admin
    except (AdminError, OSError) as error:
        raise BusUnavailable(
            f"Kafka at {settings.kafka_bootstrap} did not do as asked ({type(error).__name__}): see that it is in order, "
            "and that this process has the rights"
        ) from None
    finally:
        admin.close()


def patiently(ask: Callable[[], Answer], patience_s: float = _NOT_YET_S, new_topics: bool = False) -> Answer:
    """A coordinator or a leader is named a moment before it serves, of a first group long before: ask again for a while.

    new_topics: topics were made just now, and a broker may not know them yet.
    """
    not_yet = (*_NOT_YET, UnknownTopicOrPartitionError) if new_topics else _NOT_YET
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return ask()
        except not_yet:
            if time.monotonic() > deadline:
                raise
        time.sleep(_LOOK_EVERY_S)
