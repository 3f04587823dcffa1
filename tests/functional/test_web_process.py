"""The HTTP server as a process: its connections answer at once, it stops in time, and leaves nothing on its port."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.sample_jobs import table_spec, upload_table
from tests.support.servers import postgres_database
from tests.support.site import Site, running_site
from tests.support.waiting import wait_for
from tests.support.web_server import web_server
from trainyard.config.listening import inherited, listen

PIDFD_GETFD = 438
"""The system call's number, the same on every 64-bit architecture since Linux 5.6."""
LIBC = ctypes.CDLL(None, use_errno=True)

pytestmark = pytest.mark.timeout(600)


def accepted(process: psutil.Process, client: socket.socket) -> socket.socket | None:
    """The server's end of the connection ``client``, if ``process`` holds it, seen through a duplicate."""
    pidfd = os.pidfd_open(process.pid)
    try:
        for path in Path(f"/proc/{process.pid}/fd").iterdir():
            descriptor = LIBC.syscall(PIDFD_GETFD, pidfd, int(path.name), 0)
            if descriptor < 0:
                continue
            try:
                found = socket.socket(fileno=descriptor)
            except OSError:  # no socket
                os.close(descriptor)
                continue
            with suppress(OSError):  # one that listens
                if found.getpeername() == client.getsockname():
                    return found
            found.close()
    finally:
        os.close(pidfd)
    return None


def answers_at_once(server: psutil.Process, port: int) -> bool:
    """Whether the kernel sends what ``server`` writes to a new connection without waiting for more."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert client.recv(1_000).startswith(b"HTTP/1.1 200")
        family = [server, *server.children(recursive=True)]
        ends = [end for process in family if (end := accepted(process, client)) is not None]
        assert len(ends) == 1
        with closing(ends[0]) as end:
            return end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def port_of(client: httpx.Client) -> int:
    assert client.base_url.port is not None
    return client.base_url.port


def test_processes_that_share_a_port_answer_at_once_and_leave_it_when_their_parent_is_killed(tmp_path: Path) -> None:
    with web_server(tmp_path, "--workers", "2") as web:
        parent, port = psutil.Process(web.pid), port_of(web.client)
        assert answers_at_once(parent, port)
        children = [child for child in parent.children() if "spawn_main" in " ".join(child.cmdline())]
        assert len(children) == 2
        parent.kill()
        gone, alive = psutil.wait_procs(children, timeout=30)
        assert (len(gone), alive) == (2, [])
        listen("127.0.0.1", port).close()


def test_nor_on_a_socket_that_was_handed_over() -> None:
    with listen("127.0.0.1", 0) as listener:
        again = inherited(os.dup(listener.fileno()))
        with again:
            assert (listener.proto, again.proto) == (socket.IPPROTO_TCP, socket.IPPROTO_TCP)
            assert again.getsockname() == listener.getsockname()


def test_the_embedded_platforms_web_takes_over_a_socket_of_tcp(tmp_path: Path) -> None:
    with running_embedded_web(tmp_path) as (web, port):
        assert answers_at_once(web, port)


@contextmanager
def running_embedded_web(directory: Path) -> Iterator[tuple[psutil.Process, int]]:
    """The web process by the embedded platform's own command line, on an inherited socket."""
    from trainyard.config.embedded import services

    layout = services.Layout(directory / "data", directory, "http://127.0.0.1", "only-for-tests-0123456789abcdefghij")
    layout.logs.mkdir(parents=True)
    with listen("127.0.0.1", 0) as listener:
        listener.set_inheritable(True)
        web, *_ = services.control_plane(layout, web_socket=listener.fileno())
        web.start()
        assert web._process is not None
        try:
            yield psutil.Process(web._process.pid), listener.getsockname()[1]
        finally:
            web.terminate()
            web._process.wait(timeout=20)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A control plane whose web process has two database connections."""
    with postgres_database(is_migrated=True) as database:
        directory = tmp_path_factory.mktemp("site")
        with running_site(directory, database_url=database, workers=0, TRAINYARD_DATABASE_CONNECTIONS="2") as found:
            yield found


@pytest.mark.postgres
def test_viewers_hold_no_database_connections(site: Site, tmp_path: Path) -> None:
    job_id = queued_job(site, tmp_path)
    with ExitStack() as stack:
        for _ in range(5):
            stream = stack.enter_context(opened_stream(site, job_id))
            assert next(stream.iter_lines()).startswith("id: ")
        assert site.get(f"/jobs/{job_id}")["state"] == "queued"


@pytest.mark.postgres
def test_a_stop_does_not_wait_for_open_streams(site: Site, tmp_path: Path) -> None:
    with opened_stream(site, queued_job(site, tmp_path)) as stream:
        site.process("web").send_signal(signal.SIGTERM)
        wait_for(lambda: site.died() == ["web"], seconds=30)  # or it would stay as long as somebody watches
        with pytest.raises(httpx.TransportError):
            for _ in stream.iter_raw():
                pass
    site.up("web")
    wait_for(site.answers, seconds=30)


def queued_job(site: Site, directory: Path) -> str:
    with site.client() as client:
        return client.jobs.submit(table_spec(upload_table(client, directory))).id


@contextmanager
def opened_stream(site: Site, job_id: str) -> Iterator[httpx.Response]:
    headers = {"Authorization": f"Bearer {site.facts['demo_api_key']}"}
    url = f"{site.layout.base_url}/api/v1/jobs/{job_id}/stream"
    with httpx.stream("GET", url, headers=headers, timeout=60) as stream:
        assert stream.status_code == 200
        yield stream


def test_a_port_in_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": "platform:contracts"}
        command = [sys.executable, "-m", "trainyard.config.web", "--port", port]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Cannot listen on 127.0.0.1, port {port}: Address already in use.\n"
