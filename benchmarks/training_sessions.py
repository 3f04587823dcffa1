"""Training sessions: a call's round trip by ``tinker``'s client beside the engine's own step; many adapters on a base.

``make bench ARGS=training_sessions``. The base is tiny, so that what is measured is not the network's arithmetic.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from tests.support.embedded import running
from tests.support.tinker_client import datum, service_client
from tests.support.tiny_language_model import register_language_model
from trainyard_engine.adapters.host import TrainingHost
from trainyard_engine.cli.host import open_host
from trainyard_spec.training_sessions import HostRequest, LoraConfig, OperationKind

CALLS = 50
ADAPTERS = 20
LENGTH = 64
ROWS = 8
MOST_OVERHEAD_SECONDS = 0.020
LEAST_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """Seconds of the engine's own step and, the median, of a call by the client; ``share`` of one adapter's throughput
    that many have."""

    own: float
    trip: float
    share: float

    @property
    def overhead_ms(self) -> float:
        return (self.trip - self.own) * 1000


def report() -> None:
    """Prints both measures beside what is aimed at."""
    found, most = measured(), MOST_OVERHEAD_SECONDS * 1000
    print(f"engine's own forward_backward     {found.own * 1000:8.1f} ms")
    print(f"by the client, p50 of {CALLS}          {found.trip * 1000:8.1f} ms")
    print(f"overhead                          {found.overhead_ms:8.1f} ms (aim: at most {most:.0f})")
    print(f"{ADAPTERS} adapters, throughput of one's    {found.share:8.2f}    (aim: at least {LEAST_SHARE})")


def measured() -> SessionFigures:
    """Of one host in this process, and of a whole platform with a client."""
    with tempfile.TemporaryDirectory() as text:
        directory = Path(text)
        models = register_language_model(directory / "models")
        host = open_host(models / "tiny-lm", device="cpu", threads=1)
        payload = _payload(directory / "payload.npz")
        one = _throughput(host, payload, directory, adapters=1)
        many = _throughput(host, payload, directory, adapters=ADAPTERS)
        return SessionFigures(own=1 / one, trip=_round_trip(directory, models), share=many / one)


def _throughput(host: TrainingHost, payload: Path, directory: Path, *, adapters: int) -> float:
    """forward_backward calls a second, by turns of so many runs."""
    names = [f"of_{adapters}_{number}" for number in range(adapters)]
    for number, name in enumerate(names):
        host.answer(HostRequest(do="open", run=name, lora=LoraConfig(rank=8, seed=number)))
    for name in names:
        _call(host, name, payload, directory)
    started = perf_counter()
    for number in range(CALLS):
        _call(host, names[number % adapters], payload, directory)
    rate = CALLS / (perf_counter() - started)
    for name in names:
        host.answer(HostRequest(do="close", run=name))
    return rate


def _call(host: TrainingHost, name: str, payload: Path, directory: Path) -> None:
    host.answer(
        HostRequest(
            do="execute",
            run=name,
            kind=OperationKind.FORWARD_BACKWARD,
            request={"loss_fn": "cross_entropy"},
            payload=str(payload),
            output=str(directory / "output"),
        )
    )


def _round_trip(directory: Path, models: Path) -> float:
    settings = {"TRAINYARD_WORKER_PRETRAINED_MODELS": str(models)}
    times = []
    with (
        running(directory / "data", **settings) as platform,
        service_client(platform.facts["base_url"], platform.facts["demo_tinker_key"]) as service,
    ):
        training = service.create_lora_training_client(base_model="tiny-lm", rank=8, seed=1).result()
        data = [datum([int(token) for token in row]) for row in _tokens()]
        for _ in range(CALLS):
            started = perf_counter()
            training.forward_backward(data, "cross_entropy").result()
            times.append(perf_counter() - started)
    return median(times)


def _tokens() -> np.ndarray:
    return np.random.default_rng(0).integers(4, 300, (ROWS, LENGTH + 1))


def _payload(path: Path) -> Path:
    tokens = _tokens()
    count = ROWS * LENGTH
    np.savez(
        path,
        tokens=tokens[:, :-1].reshape(-1).astype(np.int32),
        offsets=np.arange(0, count + 1, LENGTH),
        widths=np.zeros(ROWS, np.int64),
        **{
            "input.target_tokens": tokens[:, 1:].reshape(-1),
            "input.weights": np.ones(count, np.float32),
        },
    )
    return path
