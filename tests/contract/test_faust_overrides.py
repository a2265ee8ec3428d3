"""talaia.stream overrides and calls private methods of Faust, mode and aiokafka: this says which, and sees them change.

When a test here fails after an upgrade: read the new source beside what overrides or calls it, run the fault tests
(`make test-full`), then write the new hash here.
"""

import hashlib
import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import faust
import mode
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.consumer.fetcher import Fetcher as KafkaFetcher
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import Assignment, Subscription, SubscriptionState, TopicPartitionState
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator
from aiokafka.producer.producer import AIOKafkaProducer
from aiokafka.producer.sender import InitPIDHandler, Sender, SendProduceReqHandler
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from faust.app.base import App
from faust.assignor.partition_assignor import PartitionAssignor
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer, Fetcher, ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver

PINNED = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}


def digest(function: Callable[..., Any]) -> str:
    """Of the source, so that a change of one character is seen."""
    return hashlib.sha256(inspect.getsource(inspect.unwrap(function)).encode()).hexdigest()[:16]


WATCHED: dict[Callable[..., Any], str] = {
    Fetcher._fetcher.fun: "68f894f0b577d810",
    Recovery._restart_recovery.fun: "6bd8a8558a2dffe4",
    Recovery._slurp_changelogs.fun: "7825c7e50f766d5a",
    Consumer._commit_handler.fun: "4e5da5df073082d6",
    Consumer._drain_messages: "44a2500309e83c63",
    Consumer._new_offset: "1d2c7ea89a7ad4f1",
    Consumer.perform_seek: "0e8c130ff4b0afd8",
    Consumer.on_partitions_revoked: "d04b7ae72c6fc206",
    Consumer.on_partitions_assigned: "29ce96596f05a18c",
    Consumer.on_stop: "45b1d2210ce2b526",
    Consumer.verify_all_partitions_active: "4e0e46f5c297305d",
    Consumer._get_active_partitions: "b24897f3c7afdb5d",
    Consumer._commit_tps: "a20e230b05ae8b15",
    Consumer._filter_tps_with_pending_acks: "f6f9239774234e7e",
    Consumer._filter_committable_offsets: "dc5e9baf5d994485",
    Consumer._should_commit: "5ce941793947ad42",
    Consumer._commit_offsets: "1a69799041188441",
    Consumer.force_commit: "cc094614d22c70fb",
    Consumer.commit: "a354437baaa08bf8",
    Consumer.stop_flow: "cf7e875a2b0d40e8",
    Consumer.resume_flow: "db59630f25b5819b",
    Consumer.pause_partitions: "27a1c94bdacd54de",
    Consumer.resume_partitions: "afe6b7c02a41d63c",
    ThreadDelegateConsumer._getmany: "f9d47aa9010b5ff2",
    ThreadDelegateConsumer.highwaters: "3a2723b22582ffb7",
    ThreadDelegateConsumer.seek_wait: "e9db5bbc4ceb2543",
    ThreadDelegateConsumer.threadsafe_partitions_revoked: "6c55d67e9eb06ca5",
    ThreadDelegateConsumer.threadsafe_partitions_assigned: "50fac26841ad9934",
    driver.Consumer._new_consumer_thread: "0870ec53dea75083",
    driver.AIOKafkaConsumerThread.on_start: "38b4e8bd1e10723a",
    driver.AIOKafkaConsumerThread._fetch_records: "39a2c6c79fc1455a",
    driver.AIOKafkaConsumerThread.getmany: "26fc5fc9f3b667e1",
    driver.AIOKafkaConsumerThread._seek_wait: "9d221e816d940467",
    driver.AIOKafkaConsumerThread._commit: "932852ce7a23f658",
    driver.AIOKafkaConsumerThread._create_worker_consumer: "c2701bfc3e6f6cad",
    driver.AIOKafkaConsumerThread.highwater: "6f7dbe109ae6807f",
    driver.ConsumerRebalanceListener.on_partitions_revoked: "348c3aec879faf80",
    driver.ConsumerRebalanceListener.on_partitions_assigned: "1c1f8406ad3698a6",
    Fetcher.on_stop: "21f3bae9b455762b",
    App._create_directories: "a9f571c3b04abec3",
    App._on_partitions_revoked: "d5c895bbe57dc73a",
    App._on_partitions_assigned: "de932b7927db85b3",
    App._stop_consumer: "55854a5de12c3f52",
    App.on_stop: "bfe5a933defb2324",
    TableManager._update_channels: "88e3941facc934d6",
    TableManager.on_rebalance: "2d2c23a07bf54328",
    Recovery._build_highwaters: "91b4cc0d3724ae7b",
    Recovery._build_offsets: "27eec86be06cb51f",
    Recovery._seek_offsets: "19598ca63d94d250",
    Recovery.need_recovery: "fd1dc345b5d5e121",
    Recovery.on_recovery_completed: "6ef567acf072e46d",
    Recovery.on_rebalance: "aa4d997a1795ceae",
    Recovery._wait: "ec7429b70176f8c6",
    PartitionAssignor._assign: "98e62c973f87c75d",
    mode.Worker._schedule_shutdown: "1a6a5dfc88c2298b",
    mode.Worker._stop_on_signal: "beff8fabfeb1e1e3",
    mode.Worker.execute_from_commandline: "212e98f635d7a69b",
    faust.Worker.__init__: "25a4d782432f0968",
    GroupCoordinator._do_heartbeat: "dc1d6632aaa68e96",
    GroupCoordinator.check_errors: "ba6ca51ad34838d9",
    GroupCoordinator._push_error_to_user: "743ff515bd7e2e38",
    GroupCoordinator._heartbeat_routine: "61d01028952239d0",
    GroupCoordinator.reset_generation: "537aa37c531b4de9",
    KafkaFetcher.fetched_records: "be4348896b9b66af",
    KafkaFetcher._proc_fetch_request: "59bf948fff47eed5",
    KafkaFetcher._create_fetch_waiter: "61d840568746477e",
    KafkaFetcher._notify: "d3a30d94f34fd3a0",
    KafkaFetcher._get_actions_per_node: "1dab2cf937d165d0",
    FetchResult.check_assignment: "b5340df67e3f330f",
    FetchResult._update_position: "83fb1473bf10027b",
    FetchResult.getall: "3e717e30de5068d5",
    FetchResult.has_more: "a25ee8ab93405df6",
    PartitionRecords.__init__: "8ec1c2ae6ea1af87",
    PartitionRecords._unpack_records: "b803e6d46480732c",
    AIOKafkaClient._wait_on_metadata: "52b0a5ee78ef3aa0",
    Sender.start: "ef0a0cbbf1f69e7d",
    Sender.close: "f60b3d023d2526f4",
    Sender._sender_routine: "2380dc5e333d9ebd",
    Sender._maybe_wait_for_pid: "577189636b56f6d9",
    Sender._find_coordinator: "33001a36bf6a0ae0",
    InitPIDHandler.handle_response: "bdb0727aba5de02e",
    SendProduceReqHandler.do: "2dccd3d56b1607fb",
    SendProduceReqHandler.handle_response: "850323cc8f77abc3",
    SendProduceReqHandler._can_retry: "7ff5d491d977aacf",
    MessageAccumulator.__init__: "eb57f3c1d5c7657b",
    MessageAccumulator.add_batch: "5ed1c5b1367ad854",
    MessageAccumulator._append_batch: "4762abfc42cbaa15",
    MessageAccumulator._pop_batch: "41cc98a298ef2628",
    MessageAccumulator.drain_by_nodes: "fc995afbfc5718e2",
    BatchBuilder.append: "657d76f55157d9ca",
    BatchBuilder.__init__: "35b335f054d36d27",
    AIOKafkaProducer.create_batch: "c4efda4bb7a09741",
    AIOKafkaProducer.send_batch: "bf42b0f0c5c0646d",
    TransactionManager.__init__: "0d4f62dbcd186a33",
    TransactionManager.set_pid_and_epoch: "1e174622d40d330f",
    TransactionManager.sequence_number: "c2b996db50417fee",
    TransactionManager.increment_sequence_number: "0fce01d42f0ff3bc",
    driver.AIOKafkaConsumerThread.crash: "68a766aadc5f7196",
    driver.AIOKafkaConsumerThread._ensure_consumer: "ff4a4c693b7ec63f",
    ThreadDelegateConsumer.__init__: "7072ae80eac1ff62",
    GroupCoordinator.__init__: "9e729f077efc4f3a",
    GroupCoordinator.close: "f30d831089456312",
    AIOKafkaConsumer.__init__: "01506f316191f7c9",
    AIOKafkaConsumer.start: "2f1ba70443327538",
    AIOKafkaConsumer.getmany: "bc6d248e42a4e9d9",
    AIOKafkaConsumer.highwater: "044275efc968e286",
    create_conn: "673276cbddb4dc7c",
    SubscriptionState.fetch_context: "ff2a654dca239cfe",
    SubscriptionState.wait_for_assignment: "7f09ce46a80d23d8",
    SubscriptionState.is_assigned: "cd2783df3bd5f27a",
    SubscriptionState.reassignment_in_progress.fget: "6876e75ff981ea26",
    Subscription.__init__: "e36899fedfd6cbdd",
    Assignment.state_value: "183fea82ef48f3e6",
    TopicPartitionState.__init__: "f0b391da1b87af04",
    TopicPartitionState.position.fget: "816b6b289bd14f5c",
    TopicPartitionState.consumed_to: "c7b8f0f99ce9185e",
    TopicPartitionState.seek: "c20b56d7ba7b2872",
    KafkaFetcher.__init__: "bf21ecb7e0f210b7",
    _MemoryRecordsPy._cache_next: "7bb73a2eabca4ee3",
    _MemoryRecordsPy.next_batch: "f1779ecb6d0d344c",
    _DefaultRecordBatchPy.__init__: "adc08a5cd162e8c2",
    _DefaultRecordBatchPy._maybe_uncompress: "c9d0dc2bed50cc86",
    _DefaultRecordBatchPy._read_msg: "0997ab7a58505c93",
    _DefaultRecordPy: "89405104e45ad01f",
    _DefaultRecordBatchPy.__next__: "d05784bae3cbcfb9",
}


@pytest.mark.parametrize(("package", "pinned"), PINNED.items())
def test_the_version_that_was_proved_is_installed(package: str, pinned: str) -> None:
    assert version(package) == pinned


@pytest.mark.parametrize(("function", "known"), [pytest.param(*item, id=item[0].__qualname__) for item in WATCHED.items()])
def test_the_source_of_a_private_method_is_the_one_that_was_read(function: Callable[..., Any], known: str) -> None:
    assert digest(function) == known, f"{function.__module__}.{function.__qualname__} changed: read it again"


def test_a_change_of_a_watched_method_is_seen_and_named() -> None:
    def perform_seek(self: object) -> None:
        """Something else."""

    with pytest.raises(AssertionError, match=r"perform_seek changed: read it again"):
        test_the_source_of_a_private_method_is_the_one_that_was_read(perform_seek, digest(Consumer.perform_seek))
