"""Start-time fair queuing (Goyal, Vin and Cheng 1996) of requests for a limited number of places.

A place that becomes free goes to the flow that was served least, by cost, and no flow holds more than its share. So a
flow with many requests waits for its own.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Turn:
    """Waiting request of ``flow``, which will take ``cost`` of the flow's places."""

    flow: str
    cost: int = 1


@dataclass(slots=True)
class _Flow:
    """State of a flow: ``served`` is the virtual time at which its next request starts."""

    served: float
    at_work: int = 0
    waiting: deque[tuple[int, asyncio.Future[None]]] = field(default_factory=deque)


class FairPlaces:
    """``places`` in total, at most ``places_per_flow`` per flow. Belongs to the event loop that uses it."""

    def __init__(self, places: int, *, places_per_flow: int) -> None:
        self._free = places
        self._per_flow = places_per_flow
        self._flows: dict[str, _Flow] = {}
        self._virtual_time = 0.0

    async def acquire(self, turn: Turn, *, goes_on: bool = False) -> None:
        """Returns once ``turn`` is at work. One that ``goes_on`` was so before: it comes first in its flow."""
        flow = self._flows.setdefault(turn.flow, _Flow(served=self._virtual_time))
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (flow.waiting.appendleft if goes_on else flow.waiting.append)((turn.cost, place))
        self._seat()
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it was seated at that very moment
                self.release(turn)
            raise

    def release(self, turn: Turn) -> None:
        """``turn`` is at work no more."""
        self._free += 1
        self._flows[turn.flow].at_work -= turn.cost
        self._seat()

    def _seat(self) -> None:
        while self._free and (ready := [flow for flow in self._flows.values() if self._may_start(flow)]):
            flow = min(ready, key=lambda each: each.served)
            cost, place = flow.waiting.popleft()
            if place.cancelled():
                continue
            self._virtual_time = max(self._virtual_time, flow.served)
            flow.served = self._virtual_time + cost
            flow.at_work += cost
            self._free -= 1
            place.set_result(None)
        idle = [name for name, flow in self._flows.items() if not flow.at_work and not flow.waiting]
        for name in idle:
            del self._flows[name]

    def _may_start(self, flow: _Flow) -> bool:
        """One that costs more than a flow's part starts when nothing else of it is at work."""
        return bool(flow.waiting) and (not flow.at_work or flow.at_work + flow.waiting[0][0] <= self._per_flow)
