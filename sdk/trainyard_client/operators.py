"""What operators of a Trainyard do; their API keys alone may."""

from collections.abc import Iterator

from trainyard_client.paging import pages
from trainyard_client.transport import Transport
from trainyard_client.types import PoolQueue, Worker


class Workers:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, state: str | None = None) -> Iterator[Worker]:
        """Workers, newest first; in ``state`` only, if given."""
        return (Worker.model_validate(item) for item in pages(self._transport, "admin/workers", state=state))

    def queues(self, *, pool: str | None = None) -> Iterator[PoolQueue]:
        """Who waits for workers, a pool at a time; for the pool of that name only, if given."""
        return (PoolQueue.model_validate(item) for item in pages(self._transport, "admin/queue", pool=pool))

    def cordon(self, worker_id: str) -> Worker:
        """It takes no new work; what it runs goes on."""
        return self._ask(worker_id, "cordon")

    def uncordon(self, worker_id: str) -> Worker:
        """It takes work again, also one that was draining or quarantined."""
        return self._ask(worker_id, "uncordon")

    def drain(self, worker_id: str) -> Worker:
        """Its jobs stop with a checkpoint and go on elsewhere; it is empty once ``slots_taken`` is 0."""
        return self._ask(worker_id, "drain")

    def remove(self, worker_id: str) -> Worker:
        """Its credential ends for good."""
        return self._ask(worker_id, "remove")

    def _ask(self, worker_id: str, what: str) -> Worker:
        return Worker.model_validate(self._transport.post(f"admin/workers/{worker_id}/{what}"))
