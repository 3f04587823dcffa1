"""So many requests at work and no more; the others wait their turn, and too many are sent away."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from trainyard.api import admission
from trainyard.api.admission import Admission, Overloaded
from trainyard.api.fair_places import Turn
from trainyard.core.connections import blocked

SECONDS = 20
GREEDY, POLITE = Turn("greedy"), Turn("polite")


class Gate:
    """Work that ends when it is let through; ``at_work`` counts who is in it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._lock = threading.Lock()
        self.at_work = self.most = 0
        self.entered = threading.Semaphore(0)

    def __call__(self) -> str:
        with self._lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        self.entered.release()
        assert self._open.wait(SECONDS)
        with self._lock:
            self.at_work -= 1
        return "done"

    def open(self) -> None:
        self._open.set()

    async def wait_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.acquire, timeout=SECONDS)


def run(main: Callable[[], object]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await main()  # type: ignore[misc]

    asyncio.run(limited())


def test_no_more_work_at_once_than_there_are_places() -> None:
    async def main() -> None:
        admitted, gate = Admission(2, places_per_flow=2), Gate()
        tasks = [asyncio.create_task(admitted.run(gate, turn=GREEDY)) for _ in range(6)]
        await gate.wait_entered()
        await gate.wait_entered()
        gate.open()
        assert await asyncio.gather(*tasks) == ["done"] * 6
        assert gate.most == 2

    run(main)


def test_work_that_nobody_waits_for_is_done_from_any_thread() -> None:
    admitted, done = Admission(1, places_per_flow=1), threading.Event()
    admitted.run_later(done.set, turn=GREEDY)
    assert not done.is_set()

    async def main() -> None:
        await admitted.run(lambda: None, turn=GREEDY)
        await asyncio.to_thread(admitted.run_later, done.set, turn=GREEDY)
        assert await asyncio.to_thread(done.wait, SECONDS)

    run(main)
    done.clear()
    admitted.run_later(done.set, turn=GREEDY)
    assert not done.is_set()


def test_too_many_are_sent_away_with_when_to_come_again() -> None:
    async def main() -> None:
        admitted, gate = Admission(1, places_per_flow=1), Gate()
        tasks = [asyncio.create_task(admitted.run(gate, turn=GREEDY)) for _ in range(admission.MOST_PRESENT)]
        await gate.wait_entered()
        with pytest.raises(Overloaded) as refused:
            await admitted.run(gate, turn=GREEDY)
        assert (refused.value.status, refused.value.retry_after_seconds) == (503, admission.RETRY_AFTER_SECONDS)
        gate.open()
        await asyncio.gather(*tasks)
        assert await admitted.run(lambda: "again", turn=GREEDY) == "again"

    run(main)


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "WAIT_SECONDS", 0.01)

    async def main() -> None:
        admitted, gate = Admission(1, places_per_flow=1), Gate()
        first = asyncio.create_task(admitted.run(gate, turn=GREEDY))
        await gate.wait_entered()
        with pytest.raises(Overloaded):
            await admitted.run(gate, turn=GREEDY)
        gate.open()
        assert await first == "done"
        assert await admitted.run(lambda: "next", turn=GREEDY) == "next"

    run(main)


def test_the_place_of_a_client_that_has_gone_is_taken_until_its_thread_ends() -> None:
    async def main() -> None:
        admitted, gate = Admission(1, places_per_flow=1), Gate()
        gone = asyncio.create_task(admitted.run(gate, turn=GREEDY))
        await gate.wait_entered()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        following = asyncio.create_task(admitted.run(lambda: gate.at_work, turn=GREEDY))
        done, _ = await asyncio.wait([following], timeout=0)
        assert not done
        gate.open()
        assert await following == 0

    run(main)


def test_who_waits_for_something_else_gives_its_place_to_who_works() -> None:
    async def main() -> None:
        admitted, gate = Admission(1, places_per_flow=1), Gate()

        def waits() -> str:
            with blocked():
                gate()
            return "back"

        waiting = asyncio.create_task(admitted.run(waits, turn=GREEDY))
        await gate.wait_entered()
        assert await admitted.run(lambda: "meanwhile", turn=GREEDY) == "meanwhile"
        gate.open()
        assert await waiting == "back"
        assert await admitted.run(lambda: "after", turn=GREEDY) == "after"

    run(main)


def test_a_full_queue_refuses_whose_it_is_and_nobody_else() -> None:
    async def main() -> None:
        admitted, gate = Admission(2, places_per_flow=1), Gate()
        tasks = [asyncio.create_task(admitted.run(gate, turn=GREEDY)) for _ in range(admission.MOST_PRESENT)]
        await gate.wait_entered()
        with pytest.raises(Overloaded):
            await admitted.run(gate, turn=GREEDY)
        assert await admitted.run(lambda: "at once", turn=POLITE) == "at once"
        gate.open()
        await asyncio.gather(*tasks)
        assert gate.most == 1

    run(main)
