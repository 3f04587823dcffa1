"""Workers that stop, are cut off or have a wrong clock: one writer at a time, and an unchanged bill."""

import math
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from tests.support import fault_scenarios as jobs
from tests.support.fault_scale import FULL, hold_to, time_limit, times
from tests.support.proxy import tcp_wire
from tests.support.site import Site, running_site
from tests.support.waiting import wait_for
from trainyard_client import Client

pytestmark = time_limit(quick=600, full=3_600)

FREEZES = times(quick=1, full=50)
EPOCHS = times(quick=20, full=60)
OLD_ONE_STOPS_SECONDS = 5
HOUR_SECONDS = 3_600
OUTER_ADDRESS, INNER_ADDRESS = "10.213.77.1", "10.213.77.2"
FAKETIME = sorted(Path("/usr").glob("lib*/**/faketime/libfaketime.so.1"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("cut"), TRAINYARD_ALLOWED_HOSTS=f"127.0.0.1,{OUTER_ADDRESS}") as site:
        yield site


def test_a_worker_that_slept_past_its_lease_changes_nothing(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    spec = jobs.spec(version, epochs=EPOCHS)
    undisturbed = client.jobs.wait(client.jobs.submit(spec).id)
    for number in range(FREEZES):
        worker = site.workers[number % 2]
        job = jobs.training_on(site, client, spec, worker)
        frozen = site.freeze(worker)
        wait_for(lambda: len(client.jobs.attempts(job.id)) == 2, seconds=jobs.SOON_SECONDS)  # noqa: B023
        site.thaw(frozen)
        ended = client.jobs.wait(job.id)
        assert ended.state == "succeeded"
        assert jobs.weights_of(client, ended) == jobs.weights_of(client, undisturbed)
        assert [attempt["state"] for attempt in jobs.attempts(client, job.id)] == ["lost", "succeeded"]
        wait_for(lambda: not site.engines(worker), seconds=jobs.SOON_SECONDS)  # noqa: B023
    tell(f"{FREEZES} SIGSTOPs past the lease, then SIGCONT: {FREEZES} jobs bit-identical, 0 stale writes accepted")


@contextmanager
def cut_by_a_proxy(site: Site) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """A worker behind a wire, and how to cut and mend it."""
    port = int(site.layout.base_url.rpartition(":")[2])
    with tcp_wire(port) as (wire, called_at):
        url = f"http://127.0.0.1:{called_at}"
        site.add_worker("worker-behind-a-proxy", TRAINYARD_WORKER_CONTROL_PLANE_URL=url)
        yield "worker-behind-a-proxy", wire.cut, wire.mend
        site.remove("worker-behind-a-proxy")


@contextmanager
def cut_by_the_kernel(site: Site) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """A worker in a network namespace of its own, whose one link goes down and up."""
    name, suffix = "worker-in-a-namespace", os.getpid() % 10_000
    namespace, outer, inner = f"trainyard-{suffix}", f"ty{suffix}o", f"ty{suffix}i"

    def ip(*words: str) -> None:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no network namespaces here: ip {' '.join(words)}: {done.stderr.strip()}")

    with ExitStack() as stack:
        if shutil.which("ip") is None:
            pytest.skip("no network namespaces here: there is no ip command (Debian: iproute2)")
        ip("netns", "add", namespace)
        stack.callback(ip, "netns", "delete", namespace)
        ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", namespace)
        ip("address", "add", f"{OUTER_ADDRESS}/30", "dev", outer)
        ip("link", "set", outer, "up")
        ip("-n", namespace, "address", "add", f"{INNER_ADDRESS}/30", "dev", inner)
        ip("-n", namespace, "link", "set", inner, "up")
        port = int(site.layout.base_url.rpartition(":")[2])
        with tcp_wire(port, host=OUTER_ADDRESS) as (_, called_at):
            url = f"http://{OUTER_ADDRESS}:{called_at}"
            inside = ("ip", "netns", "exec", namespace)
            site.add_worker(name, inside=inside, TRAINYARD_WORKER_CONTROL_PLANE_URL=url)
            yield name, lambda: ip("link", "set", outer, "down"), lambda: ip("link", "set", outer, "up")
            site.remove(name)


@pytest.mark.parametrize("way", [cut_by_a_proxy, *([cut_by_the_kernel] if FULL else [])])
def test_a_worker_that_is_cut_off_is_replaced_and_stops_when_it_learns(
    way: Callable[[Site], object], site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    with way(site) as (worker, cut, mend):  # type: ignore[attr-defined]
        job = jobs.training_on(site, client, jobs.spec(version, epochs=5_000), worker)
        cut()
        wait_for(lambda: jobs.is_training(client, job.id, attempt=2), seconds=jobs.SOON_SECONDS)
        before = jobs.checkpoints(client, job.id)
        wait_for(lambda: jobs.checkpoints(client, job.id) > before, seconds=jobs.SOON_SECONDS)
        assert site.engines(worker), "the old one trains on while it knows nothing"
        mend()
        wait_for(lambda: said(site, worker, "attempt.lost"), seconds=jobs.SOON_SECONDS)
        wait_for(lambda: said(site, worker, "engine.ended"), seconds=jobs.SOON_SECONDS)
        wait_for(lambda: not site.engines(worker), seconds=jobs.SOON_SECONDS)
        lost, gone = (said(site, worker, action) for action in ("attempt.lost", "engine.ended"))
        assert lost is not None
        assert gone is not None
        client.jobs.cancel(job.id)
        assert client.jobs.wait(job.id).state == "cancelled"
        assert [attempt["state"] for attempt in jobs.attempts(client, job.id)] == ["lost", "cancelled"]
    seconds = (gone - lost).total_seconds()
    tell(f"{way.__name__}: one writer accepted, the job went on elsewhere; the old one stopped {seconds:.2f} s after")
    assert seconds >= 0
    hold_to(OLD_ONE_STOPS_SECONDS, [seconds])


def said(site: Site, worker: str, action: str) -> datetime | None:
    """When a worker first logged ``action``."""
    times = [line["timestamp"] for line in site.log(worker) if line.get("action") == action]
    return datetime.fromisoformat(times[0]) if times else None


@pytest.mark.parametrize("shift", [HOUR_SECONDS, *([-HOUR_SECONDS] if FULL else [])])
def test_a_wrong_clock_changes_neither_leases_nor_bills(
    site: Site, client: Client, version: str, shift: int, tell: Callable[[str], None]
) -> None:
    if not FAKETIME:
        pytest.skip("no libfaketime here to shift a worker's clock (Debian: apt install libfaketime)")
    name = f"worker-{shift:+d}"
    by_faketime = {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": f"{shift:+d}", "DONT_FAKE_MONOTONIC": "1"}
    site.add_worker(name, **by_faketime, FAKETIME_DONT_FAKE_MONOTONIC="1")
    with site.only(name):
        job = client.jobs.wait(client.jobs.submit(jobs.spec(version, epochs=15)).id)
    (attempt,) = jobs.attempts(client, job.id)
    site.remove(name)
    assert job.state == "succeeded"
    seen = site.log(name)[0]["timestamp"]
    off = jobs.seconds_between(attempt["claimed_at"], seen)
    assert abs(off - shift) < HOUR_SECONDS / 10, "the worker's clock is not shifted"
    trained = jobs.seconds_between(attempt["training_started_at"], attempt["ended_at"])
    assert 0 < attempt["kept_seconds"] <= trained
    billed = [line.seconds for line in client.jobs.usage(job.id) if line.billed]
    assert math.fsum(billed) == pytest.approx(attempt["kept_seconds"], abs=1e-6 * len(billed))
    tell(f"clock {off:+.0f} s: 1 attempt, no lease lost; {math.fsum(billed):.2f} s billed of {trained:.2f} s trained")
