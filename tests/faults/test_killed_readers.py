"""A web process is killed while it streams an answer: the writing ends, and the same question is answered again."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.drawn_adapters import saved_adapter
from tests.support.embedded import Embedded, running
from tests.support.tiny_language_model import SIZES, register_language_model
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)

BASE = "tiny-lm"
LONG: dict[str, Any] = {"prompt": "One two", "max_tokens": 1_900, "temperature": 2}
MANY = 256
"""Inputs of one question: a drawn network ends most answers early, and all must last until the reader is missed."""


def read_until_killed(platform: Embedded, model_id: str, web: Any) -> int:
    """Kills the web process behind the first event of a stream; how many lines came before it broke."""
    lines = 0
    body = {"inputs": [LONG] * MANY, "stream": True}
    headers = {"Authorization": f"Bearer {platform.facts['demo_api_key']}"}
    url = f"{platform.facts['base_url']}/api/v1/models/{model_id}/predict"
    with httpx.stream("POST", url, json=body, headers=headers, timeout=60) as response:
        assert response.status_code == 200
        for _ in response.iter_lines():
            lines += 1
            if lines == 1:
                web.kill()
    return lines


def test_the_worker_stops_and_a_retry_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIZES, "positions", 2_048)
    models = register_language_model(tmp_path / "models", BASE)
    adapter = saved_adapter(models / BASE, tmp_path / "adapter", target_modules=["q_proj"])
    settings = {"TRAINYARD_WORKER_PRETRAINED_MODELS": str(models), "TRAINYARD_HEARTBEAT_SECONDS": "1"}
    with running(tmp_path / "data", **settings) as platform, platform.client() as client:
        model = client.models.import_adapter(adapter, base=BASE)
        with pytest.raises(httpx.TransportError):
            read_until_killed(platform, model.id, platform.service("trainyard.config.web"))
        ended = wait_for(lambda: platform.logged("worker", "prediction.finished", failure="reader_left"), seconds=120)
        # Where the web process is long in coming back, its worker is taken for lost and given the question again.
        (unread,) = {line["prediction_id"] for line in ended}
        (answer,) = client.models.predict(model.id, [{**LONG, "max_tokens": 4}])
        assert answer["usage"]["completion_tokens"] <= 4
        ends = platform.logged("worker", "prediction.finished", prediction_id=unread)
        assert {line["failure"] for line in ends} == {"reader_left"}
