"""Fine-tuning of language models: what a quote tells of tokens, and what is refused before a job is queued."""

from typing import Any

import pytest

from tests.support.jobs import Bench, make_version, make_worker, spec_of
from tests.support.platform import Caller
from tests.support.profiles import conversations
from trainyard_spec.pretrained_models import LANGUAGE_FAMILY

ARCHITECTURE = {"name": "causal_lm", "model": "tiny"}


def tuned(bench: Bench, form: Any = "messages", **training: Any) -> dict[str, Any]:
    profile = conversations(form)
    version = make_version(bench.organization, profile=profile)
    return spec_of(version, task=profile["task"], architecture=ARCHITECTURE, training=training)


@pytest.fixture
def registered(bench: Bench) -> None:
    make_worker(bench.pool, name="second", pretrained=("tiny",))


@pytest.mark.usefixtures("registered")
def test_a_quote_tells_tokens_and_steps(owner: Caller, teammate: Caller, outsider: Caller, bench: Bench) -> None:
    spec = tuned(bench, epochs=2, batch_size=4, tuning={"max_length": 1_024})
    quote = owner.post("/jobs/quote", spec).json()
    assert quote["tokens"] == {"in_data": 20_000, "read": 32_000, "longer": 2}
    # 16,000 tokens in rows of 1,024: sixteen, in four steps an epoch.
    assert (quote["training"]["examples"], quote["training"]["batch_size"]) == (16, 4)
    assert teammate.post("/jobs/quote", spec).json()["tokens"] == quote["tokens"]
    assert outsider.post("/jobs/quote", spec).status_code == 404


@pytest.mark.usefixtures("registered")
def test_without_packing_every_conversation_is_an_example(owner: Caller, bench: Bench) -> None:
    quote = owner.post("/jobs/quote", tuned(bench, tuning={"packing": False})).json()
    assert quote["training"]["examples"] == 80


@pytest.mark.usefixtures("registered")
def test_other_data_have_no_tokens(owner: Caller, bench: Bench) -> None:
    assert owner.post("/jobs/quote", spec_of(bench.version)).json()["tokens"] is None


def test_a_language_model_that_the_pool_does_not_have(owner: Caller, bench: Bench) -> None:
    for path in ("/jobs", "/jobs/quote"):
        [error] = owner.post(path, tuned(bench)).json()["errors"]
        assert (error["field"], error["code"]) == ("architecture.model", "unknown_model")
        assert (
            error["message"] == f"No worker of the pool {bench.pool.name} has a pretrained language model called tiny."
        )
        assert error["hint"].endswith(LANGUAGE_FAMILY.only)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(("form", "loss"), [("pairs", "kto"), ("rated", "dpo"), ("rated", "orpo")])
def test_a_loss_of_other_answers_is_refused(owner: Caller, bench: Bench, form: str, loss: str) -> None:
    [error] = owner.post("/jobs", tuned(bench, form, loss=loss)).json()["errors"]
    assert (error["field"], error["code"]) == ("training.loss", "loss_mismatch")
    assert owner.post("/jobs", tuned(bench, form)).status_code == 201
