"""Cache of recently used models in memory, so that the next prediction does not load them again."""

from threading import Lock
from time import monotonic

import structlog

from trainyard_worker.served_model import ServedModel

log = structlog.get_logger()


class WarmModels:
    """At most ``most`` models with ``most_bytes`` of files; least recently used models are evicted. Thread-safe.

    A model that is taken is used exclusively until it is returned.
    """

    def __init__(self, *, most: int = 3, most_bytes: int = 2**31, idle_seconds: float = 300.0) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._idle_seconds = idle_seconds
        self._mutex = Lock()
        self._kept: dict[str, ServedModel] = {}

    def take(self, key: str) -> ServedModel | None:
        """The process of this ``warm_key``, if there is one."""
        with self._mutex:
            model = self._kept.pop(key, None)
        if model is not None and model.has_ended:
            model.close()
            return None
        return model

    def give_back(self, model: ServedModel) -> None:
        """Keeps it for the next prediction, and closes what there is no more room for."""
        with self._mutex:
            doomed = [twin] if (twin := self._kept.pop(model.key, None)) is not None else []
            self._kept[model.key] = model
            while len(self._kept) > self._most or sum(kept.bytes for kept in self._kept.values()) > self._most_bytes:
                doomed.append(self._kept.pop(next(iter(self._kept))))
        _close(doomed)

    def close_idle(self) -> None:
        """Gives back the memory of models that nobody asks any more."""
        before = monotonic() - self._idle_seconds
        with self._mutex:
            idle = [key for key, model in self._kept.items() if model.used_at < before]
            doomed = [self._kept.pop(key) for key in idle]
        _close(doomed)

    def close(self) -> None:
        """Closes all, and keeps none from now on."""
        with self._mutex:
            self._most, doomed = 0, list(self._kept.values())
            self._kept.clear()
        _close(doomed)


def _close(models: list[ServedModel]) -> None:
    for model in models:
        model.close()
        log.info("model.closed", key=model.key, answered=model.answered)
