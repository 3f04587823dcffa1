"""What somebody may ask of another's things by OpenAI's client."""

from collections.abc import Callable
from typing import Any

from tests.support.shared_platform import BASE
from tests.support.tuned_language_model import Tuned

Calls = list[Callable[[Any], Any]]
"""Each takes the client of the one who asks."""


def calls_on(tuned: Tuned) -> tuple[Calls, Calls, Calls]:
    """Calls that write, that read, and that list."""
    chat: Any = {"model": tuned.model, "messages": [{"role": "user", "content": "Hello"}]}
    writes: Calls = [
        lambda client: client.chat.completions.create(**chat),
        lambda client: client.completions.create(model=tuned.model, prompt="One"),
        lambda client: client.embeddings.create(model=tuned.model, input="One"),
        lambda client: client.fine_tuning.jobs.create(model=BASE, training_file=tuned.file.id),
        lambda client: client.fine_tuning.jobs.cancel(tuned.job.id),
        lambda client: client.fine_tuning.jobs.pause(tuned.job.id),
        lambda client: client.fine_tuning.jobs.resume(tuned.job.id),
        lambda client: client.files.delete(tuned.file.id),
        lambda client: client.models.delete(tuned.model),
    ]
    reads: Calls = [
        lambda client: client.files.retrieve(tuned.file.id),
        lambda client: client.files.content(tuned.file.id),
        lambda client: client.fine_tuning.jobs.retrieve(tuned.job.id),
        lambda client: client.fine_tuning.jobs.list_events(tuned.job.id),
        lambda client: client.fine_tuning.jobs.checkpoints.list(tuned.job.id),
        lambda client: client.models.retrieve(tuned.model),
    ]
    lists: Calls = [
        lambda client: client.files.list(),
        lambda client: client.fine_tuning.jobs.list(),
    ]
    return writes, reads, lists
