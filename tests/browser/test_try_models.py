"""Models tried in a real browser: a row of the test set, a picture of the camera, a recording of the microphone."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from demo.data import write_digits
from tests.support.browser import log_in, looked_at, tab
from tests.support.embedded import Embedded
from tests.support.sample_jobs import table_spec, upload_table
from tests.support.shared_platform import SHARED
from tests.support.uploads import write_zip
from trainyard_client import Client

pytestmark = [pytest.mark.browser, SHARED, pytest.mark.timeout(600)]

RATE = 8_000


def trained(client: Client, spec: dict[str, Any]) -> str:
    """The id of the model that the finished job left."""
    return str(client.jobs.wait(client.jobs.submit(spec).id, check=True).model_id)


def uploaded(client: Client, task: str, path: Path, **options: Any) -> str:
    dataset = client.datasets.create(name=path.stem, task=task, options=options)
    return client.datasets.wait(dataset.id, client.datasets.upload(dataset.id, path).id).id


def write_tones(path: Path) -> Path:
    """Half a second of a low or a high tone, 20 recordings each."""
    seconds = np.arange(RATE // 2) / RATE
    files = {}
    for number in range(40):
        name, pitch = (("low", 200), ("high", 1_600))[number % 2]
        content = io.BytesIO()
        wave = 0.3 * np.sin(2 * np.pi * (pitch + 5 * number) * seconds)
        soundfile.write(content, wave, RATE, format="WAV", subtype="PCM_16")
        files[f"{name}/{number}.wav"] = content.getvalue()
    return write_zip(path, files)


def opened(page: Page, platform: Embedded, model: str) -> None:
    page.goto(f"/models/{model}/try")
    log_in(page, platform)
    expect(page.get_by_role("heading", name="Try it")).to_be_visible()


def test_a_row_of_the_test_set_is_filled_in_and_answered(browser: Browser, platform: Embedded, tmp_path: Path) -> None:
    with platform.client() as client:
        model = trained(client, table_spec(upload_table(client, tmp_path)))
    with tab(browser, platform) as page:
        opened(page, platform, model)
        expect(page.get_by_text("Trained on").first).to_be_visible()
        page.get_by_role("button", name="Take a row of the test set").click()
        expect(page.get_by_text("of the data, which truly is")).to_be_visible()
        page.get_by_role("button", name="Predict", exact=True).click()
        expect(page.get_by_text("Prediction:")).to_be_visible()
        looked_at(page, "try-row")


def test_a_picture_is_taken_dropped_and_refused_in_words(browser: Browser, platform: Embedded, tmp_path: Path) -> None:
    write_digits(tmp_path / "digits.zip")
    with platform.client() as client:
        version = uploaded(client, "image_classification", tmp_path / "digits.zip")
        spec = {
            "name": "digits",
            "dataset": version,
            "task": "image_classification",
            "architecture": {"name": "cnn", "channels": [4], "hidden": []},
            "training": {"epochs": 1, "batch_size": 64},
        }
        model = trained(client, spec)
    with tab(browser, platform) as page:
        opened(page, platform, model)
        page.get_by_role("button", name="Use the camera").click()
        with page.expect_request("**/predict") as sent:
            page.get_by_role("button", name="Take the picture").click()
        png = base64.b64decode(sent.value.post_data_json["inputs"][0])
        assert png.startswith(b"\x89PNG")
        expect(page.get_by_text("Prediction:")).to_be_visible()
        looked_at(page, "try-camera")
        page.get_by_role("button", name="Choose a file instead").click()
        with page.expect_request("**/predict") as sent:
            page.get_by_role("button", name="Take a row of the test set").click()
        page.evaluate(DROP, {"content": sent.value.post_data_json["inputs"][0], "name": "dropped.png"})
        expect(page.get_by_role("img", name="dropped.png")).to_be_visible()
        page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => "
                      "Promise.reject(new DOMException('', 'NotAllowedError')) }")  # fmt: skip
        page.get_by_role("button", name="Use the camera").click()
        expect(page.get_by_role("alert").filter(has_text="may not use the camera")).to_be_visible()
        looked_at(page, "try-camera-refused")


DROP = """({content, name}) => {
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name, {type: "image/png"}));
    const button = [...document.querySelectorAll("button")].find((each) => each.textContent.includes("another image"));
    button.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
}"""


def test_a_recording_of_the_microphone_is_answered(browser: Browser, platform: Embedded, tmp_path: Path) -> None:
    with platform.client() as client:
        version = uploaded(client, "audio_classification", write_tones(tmp_path / "tones.zip"))
        spec = {
            "name": "tones",
            "dataset": version,
            "task": "audio_classification",
            "architecture": {"name": "speech_rnn"},
            "training": {"epochs": 1, "batch_size": 8},
        }
        model = trained(client, spec)
    with tab(browser, platform) as page:
        opened(page, platform, model)
        page.get_by_role("button", name="Record with the microphone").click()
        expect(page.get_by_role("timer")).to_have_text(re.compile("^[1-9]"))
        with page.expect_request("**/predict") as sent:
            page.get_by_role("button", name="Stop and predict").click()
        wave, rate = soundfile.read(io.BytesIO(base64.b64decode(sent.value.post_data_json["inputs"][0])))
        assert rate == RATE
        assert wave.ndim == 1
        assert len(wave) > RATE // 2
        assert np.abs(wave).max() > 0.01, "the browser's own test tone"
        expect(page.get_by_text("Prediction:")).to_be_visible()
        looked_at(page, "try-microphone")
