"""MLflow's own client and scripts that use it, as the owner of a finished job or another."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from tests.support.embedded import Embedded


@dataclass(frozen=True)
class Trained:
    platform: Embedded
    job: Any
    model: Any


def address(trained: Trained) -> str:
    return f"{trained.platform.facts['base_url']}/compat/mlflow"


def settings(trained: Trained, key: str) -> dict[str, str]:
    return {
        "MLFLOW_TRACKING_URI": address(trained),
        "MLFLOW_TRACKING_TOKEN": key,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    }


def client_with(trained: Trained, key: str, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    for name, value in settings(trained, key).items():
        monkeypatch.setenv(name, value)
    return MlflowClient(tracking_uri=address(trained))


def run_script(trained: Trained, code: str, directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=directory,
        env={**environment, **settings(trained, trained.platform.facts["demo_api_key"])},
        capture_output=True,
        text=True,
        check=False,
    )
