"""MLflow's search language, held against the parser of MLflow itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.entities import Run, RunData, RunInfo
from mlflow.entities.metric import Metric
from mlflow.entities.param import Param
from mlflow.entities.run_tag import RunTag
from mlflow.utils.search_utils import SearchUtils

from trainyard.api.compat.mlflow.filters import ATTRIBUTE, METRIC, PARAMETER, TAG, Values, conditions, order
from trainyard.api.compat.mlflow.runs import ATTRIBUTES
from trainyard.core.errors import InvalidInput

RUN: Values = {
    (METRIC, "loss"): 0.5,
    (METRIC, "val/loss"): 2.0,
    (PARAMETER, "training.epochs"): "10",
    (PARAMETER, "note"): "50% [off]*",
    (TAG, "mlflow.runName"): "Irises",
    (ATTRIBUTE, "run_id"): "run",
    (ATTRIBUTE, "run_name"): "Irises",
    (ATTRIBUTE, "status"): "FINISHED",
    (ATTRIBUTE, "start_time"): 1_700_000_000_000,
}
THEIRS = Run(
    RunInfo("run", "0", "user", "FINISHED", 1_700_000_000_000, None, "active", run_name="Irises"),
    RunData(
        [Metric("loss", 0.5, 0, 0), Metric("val/loss", 2.0, 0, 0)],
        [Param("training.epochs", "10"), Param("note", "50% [off]*")],
        [RunTag("mlflow.runName", "Irises")],
    ),
)


def ours(text: str) -> bool:
    return all(condition.holds(RUN) for condition in conditions(text, ATTRIBUTES))


def theirs(text: str) -> bool:
    return bool(SearchUtils.filter([THEIRS], text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "metrics.loss < 1",
        "metrics.loss<1 and metrics.`val/loss` >= 2",
        "metric.loss = 0.5 AND params.note LIKE '50%'",
        "metrics.missing != 3",
        "metrics.loss > -1.5e-3",
        "params.`training.epochs` = '10'",
        "params.training.epochs != '10'",
        "parameters.note LIKE '50_ [off]*'",
        "params.note LIKE 'o%'",
        "params.note ILIKE '%[OFF]%'",
        'tags.mlflow.runName = "Irises"',
        "tags.`mlflow.runName` ILIKE 'iris%'",
        "tags.none IS NULL",
        "params.note IS NOT NULL",
        "status = 'FINISHED'",
        "attributes.status != 'FINISHED'",
        "attribute.run_id IN ('run', 'other')",
        "run_id NOT IN ('run')",
        "attributes.start_time > 1600000000000 and status = 'FAILED'",
    ],
)
def test_a_filter_means_what_it_means_to_mlflow(text: str) -> None:
    assert ours(text) == theirs(text)


def test_lists_are_taken_for_every_text_attribute_where_mlflow_takes_them_for_the_id_alone() -> None:
    assert ours("status IN ('FINISHED', 'KILLED')")
    assert not ours("run_name NOT IN ('Irises')")


@pytest.mark.parametrize(
    "text",
    [
        "metrics.loss",
        "metrics.loss < 'x'",
        "metrics.loss LIKE 'x'",
        "params.note = 3",
        "params.note > '3'",
        "metrics.loss < 1 OR metrics.loss > 2",
        "metrics.loss < 1 AND",
        "AND metrics.loss < 1",
        "metrics.loss < 1; DROP",
        "models.loss < 1",
        "statsu = 'FINISHED'",
        "status IN 'FINISHED'",
        "params.note LIKE ('a')",
        "metrics.loss < 1" + " " * 5_000,
    ],
)
def test_what_it_does_not_say_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        conditions(text, ATTRIBUTES)


def test_a_near_miss_is_named() -> None:
    with pytest.raises(InvalidInput, match="Did you mean status"):
        conditions("statsu = 'FINISHED'", ATTRIBUTES)


@given(st.text(alphabet="metrics.param'\"`<>=!()%_ ,ANDLIKEIN0123\n", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = conditions(text, ATTRIBUTES)
    except InvalidInput:
        return
    assert all(condition.holds(RUN) in (True, False) for condition in found)


def test_orders() -> None:
    assert order("metrics.loss DESC", ATTRIBUTES).descending
    assert not order("attributes.start_time asc", ATTRIBUTES).descending
    assert order("start_time", ATTRIBUTES).key == (ATTRIBUTE, "start_time")
    for wrong in ("metrics.loss DOWN", "", "nothing", "metrics.loss DESC, start_time"):
        with pytest.raises(InvalidInput):
            order(wrong, ATTRIBUTES)
