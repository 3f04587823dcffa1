"""A conversation with a tuned language model in a real browser: streamed, stopped, and with what it costs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import CHROMIUM, log_in, looked_at, tab
from tests.support.embedded import Embedded, running
from tests.support.shared_platform import BASE
from tests.support.tiny_language_model import register_language_model
from tests.support.tuned_language_model import CHATS, jsonl

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One whose worker has a tiny base on its disk."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH")
    directory = tmp_path_factory.mktemp("chat")
    models = register_language_model(directory / "models", BASE)
    with running(directory / "data", TRAINYARD_WORKER_PRETRAINED_MODELS=str(models)) as platform:
        yield platform


@pytest.fixture(scope="module")
def model(platform: Embedded, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a model that has learnt to count a little."""
    chats: Path = jsonl(tmp_path_factory.mktemp("chats"), "chats.jsonl", CHATS)
    with platform.client() as client:
        dataset = client.datasets.create(name="chats", task="instruction_tuning")
        version = client.datasets.wait(dataset.id, client.datasets.upload(dataset.id, chats).id)
        spec = {
            "name": "counts",
            "dataset": version.id,
            "task": "instruction_tuning",
            "architecture": {"name": "causal_lm", "model": BASE, "method": "lora"},
            "training": {"epochs": 1, "batch_size": 8, "tuning": {"max_length": 128}},
        }
        return str(client.jobs.wait(client.jobs.submit(spec).id, check=True).model_id)


def test_a_language_model_is_talked_to(browser: Browser, platform: Embedded, model: str) -> None:
    with tab(browser, platform, refused=(400,)) as page:
        page.goto(f"/models/{model}/try")
        log_in(page, platform)
        page.get_by_role("button", name="Options").click()
        page.get_by_label("System prompt").fill("Count.")
        page.get_by_label("Maximum tokens").fill("12")
        page.get_by_label("Message").fill("Count to 3.")
        page.keyboard.press("Enter")
        log = page.get_by_role("log", name="Conversation")
        expect(log.get_by_text("Count to 3.")).to_be_visible()
        expect(page.get_by_text("tokens read and written.")).to_be_visible(timeout=120_000)
        looked_at(page, "chat")

        page.get_by_label("Maximum tokens").fill("200")
        page.get_by_label("Temperature").fill("5")
        page.get_by_label("Message").fill("Count to 20.")
        with page.expect_request("**/predict") as sent:
            page.get_by_role("button", name="Send").click()
        asked = sent.value.post_data_json
        assert asked["stream"] is True
        assert [each["role"] for each in asked["inputs"][0]["messages"]] == ["system", "user", "assistant", "user"]
        expect(page.get_by_role("button", name="Send")).to_be_visible(timeout=120_000)
        page.get_by_label("Top-p").fill("0")
        page.get_by_label("Message").fill("And?")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert").filter(has_text="cannot be read")).to_be_visible()
        looked_at(page, "chat-refused")
