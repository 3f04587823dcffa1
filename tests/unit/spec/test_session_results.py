"""Results of training sessions between host, worker and control plane: a number that is none arrives as one."""

import math

import pytest

from trainyard_spec.training_sessions import Done, ForwardResult, OperationFinish


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf, 0.5])
def test_the_loss_of_a_training_that_has_diverged_arrives(loss: float) -> None:
    told = ForwardResult(metrics={"loss:sum": loss}, counts=(2,), widths=(0,))
    done = Done.model_validate_json(Done(result=told.model_dump()).model_dump_json())
    sent = OperationFinish.model_validate_json(OperationFinish(host="a", result=done.result).model_dump_json())
    found = ForwardResult.model_validate(sent.result).metrics["loss:sum"]
    assert found == loss or (math.isnan(found) and math.isnan(loss))


def test_what_hosts_of_earlier_releases_sent_for_no_number_is_none() -> None:
    found = ForwardResult.model_validate({"metrics": {"loss:sum": None}, "counts": [], "widths": []})
    assert math.isnan(found.metrics["loss:sum"])
