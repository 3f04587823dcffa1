"""How a command ends when something went wrong: a status for scripts, a sentence for people."""

import json
from pathlib import Path

import httpx
import pytest

from tests.support.scripted_service import refusal, run_command, scripted
from trainyard_client.cli.failures import EXIT_STATUSES, STATUS_OF_ERROR


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (refusal(400), 2),
        (refusal(401), 4),
        (refusal(402), 5),
        (refusal(403), 4),
        (refusal(404), 3),
        (refusal(409), 5),
        (refusal(418), 1),
        (refusal(429, retry_after=999), 5),
        (refusal(500), 6),
    ],
)
def test_each_refusal_has_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: httpx.Response, status: int
) -> None:
    assert run_command(scripted(answer), monkeypatch, "jobs", "pause", "job_1") == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("It was error.")


def test_no_answer_has_one_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    service = scripted(*(httpx.ConnectError("refused") for _ in range(99)))
    assert run_command(service, monkeypatch, "wallet") == 6
    assert "yard does not answer (refused)." in capsys.readouterr().err


def test_what_was_typed_wrong_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (
        ["jobs", "list", "--limit", "0"],
        ["nothing"],
        ["train", "missing.json"],
        ["train", "--set", "x"],
    ):
        assert run_command(scripted(), monkeypatch, *arguments) == 2


def test_an_interruption_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    assert run_command(scripted(interrupt), monkeypatch, "jobs", "watch", "job_1") == 130


def test_a_service_that_is_older_than_the_client_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = httpx.Response(200, json={"data": [{"id": "job_1"}], "next_cursor": None})
    assert run_command(scripted(page), monkeypatch, "jobs", "list") == 1
    assert "it is older than this client" in capsys.readouterr().err


def test_a_failed_job_is_a_failed_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error = {"code": "bad_data", "message": "A row is odd.", "hint": "Mend it."}
    job = {"id": "job_1", "state": "failed", "reason": "engine_fault", "error": error}
    assert run_command(scripted(httpx.Response(200, json=job)), monkeypatch, "jobs", "watch", "job_1") == 1
    assert capsys.readouterr().err == "A row is odd. Mend it.\njob_1 is failed (engine_fault).\n"


def test_a_job_that_cannot_be_cancelled_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"code": "conflict", "message": "It has ended.", "hint": ""}
    answers = [{"id": "job_1", "state": "cancelled", "error": None}, {"id": "job_2", "state": None, "error": error}]
    service = scripted(httpx.Response(200, json={"data": answers}))
    assert run_command(service, monkeypatch, "jobs", "cancel", "job_1", "job_2") == 1


def test_every_status_is_explained() -> None:
    assert {status for _, status in STATUS_OF_ERROR} | {0, 130} == set(EXIT_STATUSES)


SPEC = """{
  "name": "digits",
  "training": {"epohs": 5},
  "architecture": {"name": "cnn", "channels": [32, -1]}
}
"""


def field(name: str, code: str, message: str, hint: str = "") -> dict[str, str]:
    return {"field": name, "code": code, "message": message, "hint": hint}


def test_errors_of_a_spec_stand_under_its_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.json").write_text(SPEC)
    errors = [
        field("training.epohs", "unknown_field", "There is no field training.epohs.", "Did you mean epochs?"),
        field("architecture.channels.1", "invalid", "It must be at least 1."),
        field("dataset", "missing", "Field required."),
    ]
    service = scripted(refusal(400, "invalid_spec", errors=errors, errors_omitted=2))
    assert run_command(service, monkeypatch, "train", "spec.json") == 2
    assert capsys.readouterr().err.splitlines() == [
        "It was invalid_spec.",
        "",
        "spec.json:3:16",
        '  3 |   "training": {"epohs": 5},',
        "    |                ^^^^^^^ There is no field training.epohs. Did you mean epochs?",
        "",
        "spec.json:4:52",
        '  4 |   "architecture": {"name": "cnn", "channels": [32, -1]}',
        "    |                                                    ^^ It must be at least 1.",
        "",
        "spec.json:1:1",
        "  1 | {",
        "    | ^ dataset: Field required.",
        "… and 2 more.",
    ]


def test_a_spec_in_yaml_is_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text("name: digits\ntraining:\n  epohs: 5  # passes\n")
    unknown = field("training.epohs", "unknown_field", "There is no such field.")
    service = scripted(refusal(400, errors=[unknown]))
    assert run_command(service, monkeypatch, "quote", "spec.yaml") == 2
    assert json.loads(service.asked[0].content) == {"name": "digits", "training": {"epohs": 5}}
    assert capsys.readouterr().err.splitlines()[2:] == [
        "spec.yaml:3:3",
        "  3 |   epohs: 5  # passes",
        "    |   ^^^^^ There is no such field.",
    ]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.json", '{\n  "name" "x"\n}', 'a.json:2:10\n  2 |   "name" "x"'),
        ("a.json", "[1]", "a.json must hold a JSON object."),
        ("a.yml", "a: [", "a.yml is not YAML"),
    ],
)
def test_a_file_that_is_no_spec(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, text: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    assert run_command(scripted(), monkeypatch, "train", name) == 2
    assert says in capsys.readouterr().err
