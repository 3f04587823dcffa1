"""Time to first token of a fine-tuned model, by OpenAI's client through a whole platform."""

import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.support.embedded import running
from tests.support.tuned_language_model import BASE, CHATS, SHORT, client_with, ended, jsonl

CALLS = 20


def first_token_seconds(directory: Path, models: Path) -> float:
    """The median over ``CALLS`` calls, one after the other, of a model that is in memory already."""
    with running(directory / "data", TRAINYARD_WORKER_PRETRAINED_MODELS=str(models)) as platform:
        client = client_with(platform, platform.facts["demo_api_key"], strict=False)
        with jsonl(directory, "chats.jsonl", CHATS).open("rb") as chats:
            file = client.files.create(file=chats, purpose="fine-tune")
        job = client.fine_tuning.jobs.create(
            model=BASE,
            training_file=file.id,
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 1}}},
            extra_body=SHORT | {"max_cost": "1.00"},
        )
        model = ended(client, job.id).fine_tuned_model
        times = [_first_token(client, model) for _ in range(CALLS + 1)]
    return median(times[1:])


def _first_token(client: Any, model: str) -> float:
    begun = time.perf_counter()
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Count to 9."}], max_tokens=8, stream=True
    )
    for part in answer:
        if part.choices and part.choices[0].delta.content:
            found = time.perf_counter() - begun
            answer.close()
            return found
    return time.perf_counter() - begun  # an end is a token, too
