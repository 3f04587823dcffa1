"""Wake-ups through Redis: hosts that wait for work, and clients that wait for a result.

The database decides; a wake-up that is lost costs the rest of a wait.
"""

from collections.abc import Iterator

from trainyard.registry import notification


def work_came(*, pool_id: str, base_model: str) -> None:
    """Says so to one host with the base model that waits."""
    notification.notify(_work(pool_id, base_model))


def work_came_for(*, worker_id: str, host: str) -> None:
    """Says so to the host that has the run in memory: no other could take it."""
    notification.notify(_host(worker_id, host))


def instants_to_claim(*, pool_id: str, base_model: str, worker_id: str, host: str, seconds: float) -> Iterator[None]:
    """Yields whenever there may be work for the host, at once first, until ``seconds`` have passed."""
    return notification.poll_instants(_host(worker_id, host), _work(pool_id, base_model), seconds=seconds)


def finished(operation_id: str) -> None:
    """Says so to the client that waits for the operation."""
    notification.notify(operation_id)


def instants_to_answer(operation_id: str, *, seconds: float) -> Iterator[None]:
    """Yields whenever the operation may have ended, at once first, until ``seconds`` have passed."""
    return notification.poll_instants(operation_id, seconds=seconds)


def _host(worker_id: str, host: str) -> str:
    return f"training-host:{worker_id}:{host}"


def _work(pool_id: str, base_model: str) -> str:
    return f"training-work:{pool_id}:{base_model}"
