"""The client: one attribute a resource."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from trainyard_client.errors import ApiError, DatasetRejected, Unreachable
from trainyard_client.operators import Workers
from trainyard_client.paging import pages
from trainyard_client.transport import Transport
from trainyard_client.types import Dataset, DatasetVersion, Job, Model, UsageLine, Wallet

POLL_SECONDS = 0.5


class Client:
    """Speaks to one Trainyard with one API key. Usable as a context manager; safe to share between threads."""

    def __init__(self, *, base_url: str, api_key: str, timeout_seconds: float = 60.0) -> None:
        transport = Transport(base_url=base_url, api_key=api_key, timeout_seconds=timeout_seconds)
        self._transport = transport
        self.datasets = Datasets(transport)
        self.jobs = Jobs(transport)
        self.models = Models(transport)
        self.billing = Billing(transport)
        self.workers = Workers(transport)

    def architectures(self) -> list[dict[str, Any]]:
        """The catalogue: name, tasks and the JSON Schema of each architecture's hyperparameters."""
        return list(self._transport.get("architectures")["data"])

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Datasets:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, *, name: str, task: str, options: Mapping[str, Any] | None = None) -> Dataset:
        """A dataset without versions, or that of this name whose versions were all rejected, to be tried again."""
        body = {"name": name, "task": task, "options": dict(options or {})}
        return Dataset.model_validate(self._transport.post("datasets", body))

    def upload(self, dataset_id: str, path: Path) -> DatasetVersion:
        """Uploads the file at ``path`` as a new version, streamed. Validation goes on afterwards; see ``wait``."""
        with path.open("rb") as file:
            answer = self._transport.post_file(f"datasets/{dataset_id}/versions", file=file, name=path.name)
        return DatasetVersion.model_validate(answer)

    def create_from(
        self, path: Path, *, task: str, name: str = "", options: Mapping[str, Any] | None = None
    ) -> DatasetVersion:
        """Uploads the file at ``path`` as the first version of a dataset called ``name``, or as the file is.

        Where the file is not accepted, no empty dataset stays. Raises ``ApiError`` and ``Unreachable``.
        """
        dataset = self.create(name=name or path.name, task=task, options=options)
        try:
            return self.upload(dataset.id, path)
        except BaseException:
            if not dataset.versions_count:
                with suppress(ApiError, Unreachable):  # the refusal is what has to be told
                    self.delete(dataset.id)
            raise

    def delete(self, dataset_id: str) -> None:
        """Deletes the dataset; jobs that train on one of its versions go on."""
        self._transport.delete(f"datasets/{dataset_id}")

    def version(self, dataset_id: str, version_id: str) -> DatasetVersion:
        return DatasetVersion.model_validate(self._transport.get(f"datasets/{dataset_id}/versions/{version_id}"))

    def wait(self, dataset_id: str, version_id: str) -> DatasetVersion:
        """The version once it is ready. Raises ``DatasetRejected`` with the problems otherwise."""
        while True:
            version = self.version(dataset_id, version_id)
            if version.state == "ready":
                return version
            if version.state == "rejected":
                raise DatasetRejected(version.id, version.problems)
            time.sleep(POLL_SECONDS)

    def list(self) -> Iterator[Dataset]:
        """All datasets, newest first."""
        return (Dataset.model_validate(item) for item in pages(self._transport, "datasets"))


class Jobs:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def quote(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """What the job would cost at most, and whether the wallet covers it; submits nothing."""
        return dict(self._transport.post("jobs/quote", dict(spec)))

    def submit(self, spec: Mapping[str, Any]) -> Job:
        return Job.model_validate(self._transport.post("jobs", dict(spec)))

    def get(self, job_id: str) -> Job:
        return Job.model_validate(self._transport.get(f"jobs/{job_id}"))

    def wait(self, job_id: str, *, on_change: Callable[[Job], None] | None = None) -> Job:
        """The job once it has finished or pauses. ``on_change`` gets it at every look, about twice a second."""
        while True:
            job = self.get(job_id)
            if on_change:
                on_change(job)
            if job.finished or job.state == "paused":
                return job
            time.sleep(POLL_SECONDS)

    def cancel(self, job_id: str) -> Job:
        return Job.model_validate(self._transport.post(f"jobs/{job_id}/cancel"))

    def cancel_many(self, job_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Cancels each for itself; an answer a job, with its state or the error that kept it from being cancelled."""
        return list(self._transport.post("jobs/cancel", {"ids": list(job_ids)})["data"])

    def pause(self, job_id: str) -> Job:
        return Job.model_validate(self._transport.post(f"jobs/{job_id}/pause"))

    def resume(self, job_id: str, *, max_cost: str | None = None, max_runtime_seconds: int | None = None) -> Job:
        """Queues a paused job again, under new limits where the old ones stopped it."""
        limits = {"max_cost": max_cost, "max_runtime_seconds": max_runtime_seconds}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        return Job.model_validate(self._transport.post(f"jobs/{job_id}/resume", given))

    def queue(self, job_id: str) -> dict[str, Any]:
        """Where a queued job stands and what it waits for."""
        return dict(self._transport.get(f"jobs/{job_id}/queue"))

    def metrics(self, job_id: str, *, names: Sequence[str] = (), max_points: int | None = None) -> dict[str, Any]:
        """Series by name, thinned to ``max_points`` where asked."""
        joined = ",".join(names) or None
        return dict(self._transport.get(f"jobs/{job_id}/metrics", names=joined, max_points=max_points))

    def events(self, job_id: str) -> list[dict[str, Any]]:
        return list(pages(self._transport, f"jobs/{job_id}/events"))

    def attempts(self, job_id: str) -> list[dict[str, Any]]:
        return list(pages(self._transport, f"jobs/{job_id}/attempts"))

    def checkpoints(self, job_id: str) -> list[dict[str, Any]]:
        """The job's checkpoints, newest first, deleted ones too."""
        return list(pages(self._transport, f"jobs/{job_id}/checkpoints"))

    def usage(self, job_id: str) -> list[UsageLine]:
        """The bill, a line an attempt and price, oldest first."""
        return [UsageLine.model_validate(line) for line in pages(self._transport, f"jobs/{job_id}/usage")]

    def list(self, *, state: str | None = None) -> Iterator[Job]:
        """Jobs, newest first; in ``state`` only, if given."""
        return (Job.model_validate(item) for item in pages(self._transport, "jobs", state=state))


class Models:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, model_id: str) -> Model:
        return Model.model_validate(self._transport.get(f"models/{model_id}"))

    def predict(self, model_id: str, inputs: Sequence[Any]) -> list[dict[str, Any]]:
        """One prediction an input: rows are objects, texts strings, images base64 text.

        ``warnings`` of each says what the model did not know of its input: ``[{"code", "message", "column"}]``.
        """
        return list(self._transport.post(f"models/{model_id}/predict", {"inputs": list(inputs)})["predictions"])

    def download(self, model_id: str, directory: Path) -> list[Path]:
        """Writes the model's files into ``directory``, which is made if missing."""
        directory.mkdir(parents=True, exist_ok=True)
        written = []
        for entry in self.get(model_id).files:
            target = directory / entry.name
            partial = target.with_name(f".{entry.name}.partial")
            with (
                self._transport.stream(f"models/{model_id}/files/{entry.name}") as response,
                partial.open("wb") as file,
            ):
                for chunk in response.iter_bytes():
                    file.write(chunk)
            partial.replace(target)
            written.append(target)
        return written

    def list(self) -> Iterator[Model]:
        return (Model.model_validate(item) for item in pages(self._transport, "models"))


class Billing:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def wallet(self) -> Wallet:
        return Wallet.model_validate(self._transport.get("wallet"))

    def prices(self) -> list[dict[str, Any]]:
        return list(self._transport.get("prices")["data"])

    def usage(self) -> Iterator[dict[str, Any]]:
        return pages(self._transport, "usage")
