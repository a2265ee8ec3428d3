"""The Faust app of a worker: its settings, each with its reason."""

import tempfile
from pathlib import Path
from typing import Any

import faust
import faust.auth

from talaia.stream.connection import kafka_file_of
from talaia.stream.kafka_file import KafkaFile
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.limits import BATCH_BYTES
from talaia.stream.lane.transport import Transport

_COMMIT_S = 1.0
_REQUEST_S = 120.0
_FOR_EVER_S = 10 * 365 * 86_400.0
"""A worker without partitions polls for nothing and must stay in the group; the watchdog sees who hangs."""


class WorkerApp(faust.App):
    """A Faust app whose records go to a lane."""

    lane: Lane

    def _create_directories(self) -> None:
        """State lives on the changelog: nothing is kept on disk."""


def new_app(lane: Lane, static_member: str = "") -> WorkerApp:
    """The app of one worker. static_member: its id in the group, if it is to keep its partitions over a restart."""
    session_s, partitions = lane.limits.session_s, lane.processor.inputs[0].partitions
    brokers = ";".join(f"kafka://{address.strip()}" for address in lane.settings.kafka_bootstrap.split(","))
    app = WorkerApp(
        lane.settings.topic(lane.processor.name),
        broker=brokers,
        broker_client_id=lane.worker,  # who it is, for those who look at its group
        broker_credentials=_credentials(kafka_file_of(lane.settings)),
        datadir=Path(tempfile.gettempdir()),
        web_enabled=False,  # it would show the state to anybody
        topic_allow_declare=False,  # topics come from the catalogue
        topic_disable_leader=True,
        topic_partitions=partitions,
        table_standby_replicas=0,
        stream_wait_empty=False,  # it hangs a SIGTERM
        stream_recovery_delay=0.0,
        broker_session_timeout=session_s,
        broker_heartbeat_interval=session_s / 8,
        broker_max_poll_interval=_FOR_EVER_S,
        broker_rebalance_timeout=max(10.0, 3 * session_s),
        broker_request_timeout=max(_REQUEST_S, 2 * session_s),  # also the time that a claim and its recovery may take
        broker_commit_interval=_COMMIT_S,
        consumer_group_instance_id=static_member or None,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=BATCH_BYTES // 4,
    )
    app.lane = lane
    app.transport = Transport(app.conf.broker_consumer, app)
    # the table is there for its changelog: it makes Faust keep partition N of all inputs and of the changelog together
    app.Table("state", partitions=partitions, key_type=bytes, value_type=bytes)
    for topic in lane.processor.inputs:
        name = lane.settings.topic(topic.name)
        raw = app.topic(name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
        app.topics.add(raw.clone(is_iterator=True))
    return app


def _credentials(known: KafkaFile) -> Any:
    """The Kafka file in Faust's words."""
    if not known.asks:
        return None
    context = known.context()
    if not known.user:
        return faust.auth.SSLCredentials(context)
    password = known.password.get_secret_value()
    return faust.SASLCredentials(username=known.user, password=password, ssl_context=context, mechanism=known.mechanism)
