"""What commands print: tables that fit, JSON for programs, plots."""

import io
import json
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest
from rich.console import Console

from tests.support.answering import SDK
from tests.support.scripted_service import run_command, scripted
from trainyard_client.cli.jobs import COLUMNS
from trainyard_client.cli.operators import WORKER_COLUMNS
from trainyard_client.cli.output import Column, size, table
from trainyard_client.cli.plot import plot
from trainyard_client.cli.watching import LiveView
from trainyard_client.types import AdminWorker, Job, Update

JOB_ID = "job_01m8m3ny78vs7kxft8h603w8x1"
JOB = {
    "id": JOB_ID,
    "name": "a job with a rather long name, and [red]more[/red]",
    "architecture": "matrix_factorization",
    "state": "succeeded",
    "progress": {"percent": 99.6},
    "cost": {"billed": "12.000222", "currency": "USD"},
}
WORKER = {
    "id": "wrk_01m8m3ny78vs7kxft8h603w8x1", "name": "host-17.example", "pool": "default", "state": "quarantined",
    "online": True, "slots": 8, "slots_taken": 3, "hardware": {"model": "H200"}, "sandbox": None, "retest_at": None,
    "state_reason": "Several jobs failed here one after the other.",
}  # fmt: skip


def lines_of(items: list[Any], columns: tuple[Column, ...], width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(table(items, columns))
    return str(console.file.getvalue()).splitlines()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("item", "columns"), [(Job(JOB), COLUMNS), (AdminWorker(WORKER), WORKER_COLUMNS)], ids=["jobs", "workers"]
)
def test_tables_fit_eighty_columns_and_cut_no_id(item: Any, columns: tuple[Column, ...]) -> None:
    head, row = lines_of([item], columns, 80)
    assert max(len(head), len(row)) <= 80
    assert item.id in row


def test_a_wide_terminal_cuts_nothing_and_names_are_no_markup() -> None:
    assert JOB["name"] in lines_of([Job(JOB)], COLUMNS, 200)[1]


def pages(count: int) -> httpx.Response:
    return httpx.Response(200, json={"data": [{**JOB, "id": f"job_{i}"} for i in range(count)], "next_cursor": "x"})


def test_lists_end_at_the_limit_and_say_that_there_is_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = scripted(pages(21))
    assert run_command(service, monkeypatch, "jobs", "list") == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 1 + 20
    assert "--limit" in printed.err
    assert service.asked[0].url.params["limit"] == "21"


def test_lists_are_json_for_programs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(scripted(pages(4)), monkeypatch, "jobs", "list", "-n", "3", "--json") == 0
    assert [job["id"] for job in json.loads(capsys.readouterr().out)] == ["job_0", "job_1", "job_2"]


def test_an_empty_list_says_so_beside_the_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = httpx.Response(200, json={"data": [], "next_cursor": None})
    assert run_command(scripted(empty), monkeypatch, "models", "list") == 0
    assert capsys.readouterr() == ("", "There are none.\n")


def test_a_plot_spans_its_values() -> None:
    lines = plot({"loss": [(step, 1 / step) for step in range(1, 100)]}, width=40, height=4)
    assert [len(line) for line in lines[:4]] == [40] * 4
    assert lines[0].split("┤")[0].strip() == "1"
    assert lines[3].split("┤")[0].strip() == "0.0101"
    assert lines[0].split("┤")[1].strip("⠀")
    assert lines[4].strip() == "loss 0.0101, steps 1 to 99"


@pytest.mark.parametrize("series", [{}, {"loss": []}])
def test_nothing_is_no_plot(series: dict[str, Any]) -> None:
    assert plot(series) == []


def test_one_point_is_a_plot() -> None:
    assert any("⠁" <= sign <= "⣿" for sign in "".join(plot({"loss": [(1, 2.0)]})))


def test_sizes_read_well() -> None:
    assert [size(999), size(1000), size(5_300_000_000)] == ["999 B", "1.0 kB", "5.3 GB"]


def loaded_by(*arguments: str) -> set[str]:
    """Modules that the command has loaded in the end."""
    code = (
        f"import sys; sys.argv = ['trainyard', *{arguments!r}]; from trainyard_client.cli import main\n"
        "try: main()\nexcept SystemExit: pass\nprint('LOADED', *sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(SDK)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split("LOADED ")[1].split())


def test_help_and_version_load_neither_the_client_nor_what_it_needs() -> None:
    heavy = {"httpx", "pandas", "numpy", "PIL", "pydantic", "trainyard_client.client"}
    assert loaded_by("--help") & heavy == set()
    assert loaded_by("--version") & (heavy | {"typer", "rich"}) == set()


def test_a_terminal_sees_a_bar_and_the_losses_while_a_job_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Console(file=io.StringIO(), width=72, force_terminal=False)
    monkeypatch.setattr("trainyard_client.cli.watching.stderr", lambda: screen)
    live = LiveView()
    job = Job({**JOB, "state": "running", "progress": {"percent": 40.0}, "metrics": {"latest": {}}})
    live.show(job, None)
    values = {"train_loss": [0.9, 0.5], "val_loss": [None, 0.6]}
    live.show(job, Update("metrics", {"steps": [10, 20], "values": values}))
    screen.print(live)
    lines = screen.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert "40%" in lines[0]
    assert "loss 0.6000" in lines[0] + lines[1]
    assert lines[-1].strip() == "train_loss 0.5, val_loss 0.6, steps 10 to 20"
    assert max(map(len, lines)) <= 72


def test_a_ledger_shows_what_the_wallet_and_the_held_money_gained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def transaction(kind: str, **amounts: str) -> dict[str, Any]:
        entries = [{"account": account, "amount": amount, "currency": "USD"} for account, amount in amounts.items()]
        about = {"id": f"txn_{kind}", "description": "", "job_id": "", "created_at": "2026-05-01T12:00:00Z"}
        return {**about, "kind": kind, "entries": entries}

    top_up = transaction("credit", payments="-10.000000", wallet="10.000000")
    hold = transaction("hold", wallet="-2.000000", held="2.000000")
    usage = transaction("usage", held="-0.500000", revenue="0.500000")
    service = scripted(httpx.Response(200, json={"data": [top_up, hold, usage], "next_cursor": None}))
    assert run_command(service, monkeypatch, "ledger") == 0
    _, *rows = (line.split()[2:] for line in capsys.readouterr().out.splitlines())
    assert rows == [["credit", "+10.000000"], ["hold", "-2.000000", "+2.000000"], ["usage", "-0.500000"]]
