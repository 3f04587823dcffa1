"""``trainyard api``: any operation from a shell, and nobody else's service."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from trainyard_client.cli import app
from trainyard_client.errors import ClientError

Run = Callable[..., Result]


@pytest.fixture
def asked() -> list[httpx.Request]:
    return []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, asked: list[httpx.Request]) -> Run:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.method == "DELETE":
            return httpx.Response(204)
        if request.url.path.endswith("/focus"):
            return httpx.Response(200, text="a,b\n", headers={"Content-Type": "text/csv"})
        return httpx.Response(200, json={"data": [], "next_cursor": None})

    real: Callable[..., httpx.Client] = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=httpx.MockTransport(answer), **options))
    monkeypatch.setenv("TRAINYARD_URL", "http://yard")
    monkeypatch.setenv("TRAINYARD_API_KEY", "key")

    def run(*arguments: str, **options: str) -> Result:
        return CliRunner().invoke(app, ["api", *arguments], **options)

    return run


def test_a_read_with_a_query(run: Run, asked: list[httpx.Request]) -> None:
    shown = run("get", "/usage/summary", "-q", "by=pool", "-q", "from=2026-01-01")
    assert json.loads(shown.stdout) == {"data": [], "next_cursor": None}
    assert str(asked[0].url) == "http://yard/api/v1/usage/summary?by=pool&from=2026-01-01"


@pytest.mark.parametrize("given", ["text", "file", "input"])
def test_a_write_may_be_sent_again(run: Run, asked: list[httpx.Request], tmp_path: Path, given: str) -> None:
    body = '{"ids": ["job_1"]}'
    (tmp_path / "body.json").write_text(body)
    data = {"text": body, "file": f"@{tmp_path / 'body.json'}", "input": "-"}[given]
    assert run("POST", "jobs/pause", "-d", data, input=body).exit_code == 0
    assert (asked[0].method, json.loads(asked[0].content)) == ("POST", {"ids": ["job_1"]})
    assert asked[0].headers["Idempotency-Key"]


def test_what_is_no_json_is_printed_as_it_is(run: Run) -> None:
    assert run("GET", "focus").stdout == "a,b\n"
    assert run("DELETE", "jobs/job_1").stdout == ""


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/jobs", "//elsewhere.example/jobs", "../../admin", "a/../b"]
)
def test_the_key_goes_to_this_api_alone(run: Run, asked: list[httpx.Request], path: str) -> None:
    refused = run("GET", path)
    assert isinstance(refused.exception, ClientError)
    assert asked == []


@pytest.mark.parametrize(("option", "value"), [("-q", "by"), ("-d", "{")])
def test_what_cannot_be_read_is_told(run: Run, asked: list[httpx.Request], option: str, value: str) -> None:
    refused = run("POST", "jobs", option, value)
    assert (refused.exit_code, asked) == (2, [])
