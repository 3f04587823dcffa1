"""Sample datasets: made by code on the spot, so that somebody without a file can train, and free to pass on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from trainyard.core.errors import NotFound
from trainyard.datasets.samples.drawings import digits
from trainyard.datasets.samples.rows import customers, electricity
from trainyard.datasets.samples.sentences import messages
from trainyard.datasets.samples.sounds import sounds
from trainyard_spec.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """``name`` is its key in the API, ``title`` the name of the dataset that it becomes.

    ``content`` makes the file, the same each time.
    """

    name: str
    title: str
    summary: str
    task: Task
    options: Mapping[str, Any] = field(default_factory=dict)
    filename: str
    content: Callable[[], bytes]


SAMPLES: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        Sample(
            name="digits",
            title="Drawn digits",
            summary="1,000 drawings of the digits 0 to 9, 28 by 28 pixels. Draw one yourself once it is learnt.",
            task=Task.IMAGE_CLASSIFICATION,
            filename="sample-digits.zip",
            content=digits,
        ),
        Sample(
            name="customers",
            title="Customers who leave",
            summary="1,200 customers of a service: plan, fee, support calls, hours. Which of them leave?",
            task=Task.TABULAR_CLASSIFICATION,
            options={"target": "left"},
            filename="sample-customers.csv",
            content=customers,
        ),
        Sample(
            name="messages",
            title="Help desk messages",
            summary="880 messages to a shop. Is it about delivery, payment, a return or a fault?",
            task=Task.TEXT_CLASSIFICATION,
            options={"text": "message", "target": "topic"},
            filename="sample-messages.csv",
            content=messages,
        ),
        Sample(
            name="electricity",
            title="Electricity by the hour",
            summary="The load of two towns over 45 days, with the temperature. How does it go on?",
            task=Task.TIME_SERIES_FORECASTING,
            options={"target": "load", "time": "hour", "series": "town"},
            filename="sample-electricity.csv",
            content=electricity,
        ),
        Sample(
            name="sounds",
            title="Short sounds",
            summary="240 recordings of half a second: rising, falling, steady, or beeps.",
            task=Task.AUDIO_CLASSIFICATION,
            filename="sample-sounds.zip",
            content=sounds,
        ),
    )
}


def sample(name: str) -> Sample:
    """Raises ``NotFound``."""
    found = SAMPLES.get(name)
    if found is None:
        raise NotFound("There is no sample by that name.", hint=f"There are {', '.join(SAMPLES)}.")
    return found
