"""A whole platform with a tiny registered base, and a model that OpenAI's client has fine-tuned there."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from tests.support.embedded import Embedded
from tests.support.shared_platform import BASE, as_new_tenant
from tests.support.waiting import wait_for

SHORT = {"max_length": 128}
CHATS = [
    {
        "messages": [
            {"role": "user", "content": f"Count to {most}."},
            {"role": "assistant", "content": " ".join(str(number) for number in range(1, most + 1))},
        ]
    }
    for most in range(1, 25)
]
PREFERENCES = [
    {
        "input": {"messages": [{"role": "user", "content": f"Count to {most}."}]},
        "preferred_output": [{"role": "assistant", "content": f"One to {most}"}],
        "non_preferred_output": [{"role": "assistant", "content": "No."}],
    }
    for most in range(1, 25)
]


def client_with(platform: Embedded, key: str, *, strict: bool = True) -> OpenAI:
    return OpenAI(
        base_url=f"{platform.facts['base_url']}/compat/openai/v1",
        api_key=key,
        max_retries=0,
        _strict_response_validation=strict,
    )


def jsonl(directory: Path, name: str, rows: list[Any]) -> Path:
    path = directory / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def ended(client: OpenAI, job_id: str) -> Any:
    """The fine-tuning job, once it has ended."""

    def look() -> Any:
        job = client.fine_tuning.jobs.retrieve(job_id)
        return job if job.status in ("succeeded", "failed", "cancelled") else None

    return wait_for(look, seconds=240)


@dataclass(frozen=True)
class Tuned:
    platform: Embedded
    client: OpenAI
    lenient: OpenAI
    """For what its strict form refuses of OpenAI's own answers: chunks of texts, and its default of embeddings."""
    directory: Path
    file: Any
    job: Any

    @property
    def model(self) -> str:
        return str(self.job.fine_tuned_model)


@pytest.fixture(scope="module")
def tuned(language_platform: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    directory = tmp_path_factory.mktemp("openai")
    platform = as_new_tenant(language_platform, "OpenAI Labs")
    client = client_with(platform, platform.facts["demo_api_key"])
    with jsonl(directory, "chats.jsonl", CHATS).open("rb") as chats:
        file = client.files.create(file=chats, purpose="fine-tune")
    # At once, as people do: before the file is validated.
    job = client.fine_tuning.jobs.create(
        model=BASE,
        training_file=file.id,
        method={
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 2, "learning_rate_multiplier": 1.5}},
        },
        suffix="Counts",
        seed=7,
        metadata={"team": "one"},
        extra_body=SHORT | {"max_cost": "1.00"},
    )
    lenient = client_with(platform, platform.facts["demo_api_key"], strict=False)
    return Tuned(platform, client, lenient, directory, file, ended(client, job.id))


def state_of(tuned: Tuned, job_id: str) -> str:
    """Trainyard's own state, a field that OpenAI's types do not know."""
    job: Any = tuned.client.fine_tuning.jobs.retrieve(job_id)
    return str(job.state)


def run_guide(tuned: Tuned, code: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """``code`` as a program of its own in ``directory``, with the settings that the guide names."""
    facts = tuned.platform.facts
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "TRAINYARD_URL": facts["base_url"],
        "TRAINYARD_API_KEY": facts["demo_api_key"],
        "BASE_MODEL": BASE,
    }
    return subprocess.run(
        [sys.executable, "-c", code], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
