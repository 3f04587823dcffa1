"""Time in which the host had no processor for a training is told apart from trained time."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainyard_engine.core import cpu_starvation
from trainyard_engine.core.cpu_starvation import Starvation
from trainyard_engine.core.telemetry import TrainedTimeClock


class Host:
    """Threads' run delays as the kernel would state them, and the time."""

    def __init__(self, tasks: Path) -> None:
        self.tasks, self.now = tasks, 100.0

    def delay(self, **seconds: float) -> None:
        for thread, delay in seconds.items():
            (self.tasks / thread).mkdir(parents=True, exist_ok=True)
            (self.tasks / thread / "schedstat").write_text(f"5000 {round(delay * 1e9)} 3\n")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host(tmp_path)
    monkeypatch.setattr(cpu_starvation.time, "monotonic", lambda: host.now)
    monkeypatch.setattr(cpu_starvation, "TASKS", tmp_path)
    return host


def test_the_thread_that_waited_longest_between_two_looks_counts(host: Host) -> None:
    host.delay(t1=7.0, t2=2.0)
    starved = Starvation(host.tasks)
    host.now += 10
    host.delay(t1=7.5, t2=5.0)
    assert starved.seconds() == pytest.approx(3.0)
    host.now += 10
    host.delay(t1=11.5, t2=5.0, t3=9.0)
    assert starved.seconds() == pytest.approx(7.0)  # a thread that is new has waited for nobody yet


def test_never_more_than_has_passed_and_nothing_where_the_kernel_does_not_tell(host: Host, tmp_path: Path) -> None:
    host.delay(t1=0.0)
    starved = Starvation(host.tasks)
    host.now += 1
    host.delay(t1=50.0)
    assert starved.seconds() == pytest.approx(1.0)
    silent = Starvation(tmp_path / "none")
    host.now += 1
    assert silent.seconds() == 0


def test_a_clock_stands_still_while_its_training_starves(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.delay(t1=0.0)
    monkeypatch.setattr(Starvation.__init__, "__defaults__", (host.tasks,))
    clock = TrainedTimeClock()
    host.now += 10
    host.delay(t1=4.0)
    assert (clock.wall(), clock.seconds(), clock.starved()) == (10.0, pytest.approx(6.0), pytest.approx(4.0))
    clock.rewind(2.0)
    host.now += 5
    host.delay(t1=5.0)
    assert (clock.seconds(), clock.starved()) == (pytest.approx(6.0), pytest.approx(5.0))


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 20), st.floats(0, 20)), max_size=20))
def test_trained_time_never_shrinks(tmp_path_factory: pytest.TempPathFactory, looks: list[tuple[float, ...]]) -> None:
    host = Host(tmp_path_factory.mktemp("tasks"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cpu_starvation.time, "monotonic", lambda: host.now)
        patch.setattr(Starvation.__init__, "__defaults__", (host.tasks,))
        first = second = 0.0
        host.delay(t1=first, t2=second)
        clock, before = TrainedTimeClock(), 0.0
        for passed, waited, also in looks:
            host.now, first, second = host.now + passed, first + waited, second + also
            host.delay(t1=first, t2=second)
            trained = clock.seconds()
            assert before - 1e-6 <= trained <= clock.wall() + 1e-6
            before = trained
