"""Places at work are shared between flows by what they cost: whoever waits with many waits for its own."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st

from trainyard.api.fair_places import FairPlaces, Turn

STEPS = 10
"""Enough of them for the event loop to be done with what is ready."""


class Watched:
    """Places whose work ends when told; ``order`` is who was seated, one after the other."""

    def __init__(self, places: int, *, places_per_flow: int) -> None:
        self.places = FairPlaces(places, places_per_flow=places_per_flow)
        self.at_work: list[Turn] = []
        self.order: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    def ask(self, turn: Turn, *, goes_on: bool = False) -> asyncio.Task[None]:
        async def seated() -> None:
            await self.places.acquire(turn, goes_on=goes_on)
            self.at_work.append(turn)
            self.order.append(turn.flow)

        self._tasks.append(asyncio.create_task(seated()))
        return self._tasks[-1]

    async def settle(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(STEPS):
            ready = loop.create_future()
            loop.call_soon(ready.set_result, None)
            await ready

    async def finish(self, number: int = 0) -> None:
        self.places.release(self.at_work.pop(number))
        await self.settle()

    async def finish_all(self) -> None:
        while self.at_work:
            await self.finish()


def run(main: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(main())  # type: ignore[arg-type]


def test_who_comes_with_one_is_next_however_many_another_waits_with() -> None:
    async def main() -> None:
        watched = Watched(1, places_per_flow=1)
        for _ in range(100):
            watched.ask(Turn("greedy"))
        await watched.settle()
        watched.ask(Turn("polite"))
        await watched.settle()
        await watched.finish_all()
        assert watched.order[:3] == ["greedy", "polite", "greedy"]
        assert Counter(watched.order) == {"greedy": 100, "polite": 1}

    run(main)


def test_a_flow_holds_no_more_than_its_part_and_leaves_the_rest_to_others() -> None:
    async def main() -> None:
        watched = Watched(4, places_per_flow=3)
        for _ in range(10):
            watched.ask(Turn("greedy"))
        await watched.settle()
        assert watched.order == ["greedy"] * 3
        watched.ask(Turn("polite"))
        await watched.settle()
        assert watched.order[-1] == "polite"

    run(main)


def test_beside_something_costly_there_is_room_for_something_light() -> None:
    async def main() -> None:
        watched = Watched(9, places_per_flow=3)
        for cost in (2, 1, 2):
            watched.ask(Turn("one", cost))
        await watched.settle()
        assert [turn.cost for turn in watched.at_work] == [2, 1]
        await watched.finish(1)
        assert [turn.cost for turn in watched.at_work] == [2]
        await watched.finish()
        assert [turn.cost for turn in watched.at_work] == [2]

    run(main)


def test_who_asks_for_what_costs_twice_is_served_half_as_often() -> None:
    async def main() -> None:
        watched = Watched(1, places_per_flow=2)
        for _ in range(30):
            watched.ask(Turn("costly", 2))
            watched.ask(Turn("light"))
        await watched.settle()
        while len(watched.order) < 30:
            await watched.finish()
        assert Counter(watched.order) == {"light": 20, "costly": 10}

    run(main)


def test_what_goes_on_comes_before_what_its_flow_has_waiting_and_not_before_others() -> None:
    async def main() -> None:
        watched = Watched(1, places_per_flow=2)
        watched.ask(Turn("one"))
        await watched.settle()
        for turn in (Turn("one"), Turn("other")):
            watched.ask(turn)
        await watched.settle()
        watched.ask(Turn("one", 2), goes_on=True)
        await watched.settle()
        await watched.finish()
        assert watched.order == ["one", "other"]
        await watched.finish()
        assert watched.at_work == [Turn("one", 2)]

    run(main)


def test_a_place_of_who_left_meanwhile_goes_to_the_next() -> None:
    async def main() -> None:
        watched = Watched(1, places_per_flow=1)
        watched.ask(Turn("one"))
        gone = watched.ask(Turn("gone"))
        watched.ask(Turn("next"))
        await watched.settle()
        gone.cancel()
        await watched.finish()
        assert watched.order == ["one", "next"]
        leaves_when_seated = watched.ask(Turn("one"))
        watched.ask(Turn("last"))
        await watched.settle()
        watched.places.release(watched.at_work.pop())
        leaves_when_seated.cancel()
        await watched.settle()
        assert watched.order[-1] == "last"

    run(main)


FLOWS = st.sampled_from(["a", "b", "c", "d"])


@given(
    asked=st.lists(st.tuples(FLOWS, st.integers(1, 3)), max_size=40),
    places=st.integers(1, 5),
    per_flow=st.integers(1, 4),
    choices=st.lists(st.integers(0, 10**6), min_size=1, max_size=40),
)
def test_all_are_served_in_their_own_order_and_nobody_beyond_the_places(
    asked: list[tuple[str, int]], places: int, per_flow: int, choices: list[int]
) -> None:
    async def main() -> None:
        watched = Watched(places, places_per_flow=per_flow)
        for flow, cost in asked:
            watched.ask(Turn(flow, cost))
        await watched.settle()
        step = 0
        while watched.at_work:
            assert len(watched.at_work) <= places
            for flow in {turn.flow for turn in watched.at_work}:
                costs = [turn.cost for turn in watched.at_work if turn.flow == flow]
                assert sum(costs) <= per_flow or len(costs) == 1
            await watched.finish(choices[step % len(choices)] % len(watched.at_work))
            step += 1
        assert Counter(watched.order) == Counter(flow for flow, _ in asked)

    run(main)
