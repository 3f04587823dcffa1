"""The table of results says of every task what its model scores, and does not hide who scores better."""

from dataclasses import replace

import pytest

from benchmarks.results.__main__ import PAGE
from benchmarks.results.report import merged, read, text
from benchmarks.results.row import Figure, ResultRow, Spread
from trainyard_spec.tasks import Task


def row(metric: str, *, ours: tuple[float, ...], baseline: float) -> ResultRow:
    return ResultRow(
        task="forecasting",
        data="weather",
        model="tcn",
        metric=metric,
        ours=Spread.of(ours),
        baseline=Figure("the last value", baseline),
        references=(Figure("ridge", 2.5),),
        seconds=1.0,
    )


@pytest.mark.parametrize(
    ("metric", "baseline", "ahead"),
    [("MAE", 1.0, ["the last value"]), ("MAE", 3.0, []), ("accuracy", 3.0, ["the last value", "ridge"])],
)
def test_who_is_ahead_depends_on_the_metric(metric: str, baseline: float, ahead: list[str]) -> None:
    assert [other.name for other in row(metric, ours=(1.5, 2.5), baseline=baseline).ahead] == ahead


def test_the_page_says_who_is_ahead_and_what_could_not_run() -> None:
    told = text([row("MAE", ours=(2.0, 2.5), baseline=1.0), row("MAE", ours=(2.0,), baseline=3.0)], {"speech": "mute"})
    assert "| 2.250 (2.000 to 2.500) | the last value: 1.000 | ridge: 2.500 |" in told
    assert "1 of 2 models score at least as well" in told
    assert "- forecasting, weather, `tcn`: the baseline, the last value\n" in told
    assert "- speech: mute" in told


def test_a_page_reads_back_as_it_was_written() -> None:
    written = text(
        [row("MAE", ours=(2.0, 2.5, 2.25), baseline=1.0), row("accuracy", ours=(0.5,) * 3, baseline=3.0)], {}
    )
    assert text(read(f"Above.\n\n{written}\n\nBelow."), {}) == written
    page = PAGE.read_text(encoding="utf-8")
    assert text(read(page), {}) in page


def test_parts_measured_anew_take_the_place_of_their_rows() -> None:
    old = [row("MAE", ours=(3.0,), baseline=1.0), replace(row("MAE", ours=(1.0,), baseline=1.0), task="translation")]
    anew = row("MAE", ours=(2.0,), baseline=1.5)
    added = replace(anew, model="rnn")
    assert merged(old, [anew, added]) == [anew, added, old[1]]


@pytest.mark.parametrize("task", Task)
def test_every_task_has_a_result_or_is_said_to_have_none(task: Task) -> None:
    words, page = task.replace("_", " ").removeprefix("time series "), PAGE.read_text(encoding="utf-8")
    assert (f"\n| {words} |" in page) != (f"\n{words.capitalize()} has no row yet." in page)
