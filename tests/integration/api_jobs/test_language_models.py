"""Fine-tuning of language models: what a quote tells of tokens, and what is refused before a job is queued."""

from typing import Any

import pytest

from tests.support.jobs import Bench, make_version, make_worker, spec_of
from tests.support.platform import Caller
from tests.support.profiles import conversations
from trainyard.pools.models import Worker
from trainyard_spec.pretrained_models import LANGUAGE_FAMILY, BaseModelFacts

ARCHITECTURE = {"name": "causal_lm", "model": "tiny"}


def tuned(bench: Bench, form: Any = "messages", **training: Any) -> dict[str, Any]:
    profile = conversations(form)
    version = make_version(bench.organization, profile=profile)
    return spec_of(version, task=profile["task"], architecture=ARCHITECTURE, training=training)


FACTS = BaseModelFacts(
    parameters=10_000_000,
    context=512,
    dtype="bfloat16",
    stored_bytes=20_000_000,
    hidden_size=256,
    layers=8,
    vocabulary=32_000,
    features=24_000,
    attention_features=8_000,
)


@pytest.fixture
def registered(bench: Bench) -> None:
    make_worker(bench.pool, name="second", pretrained=("tiny",))


@pytest.fixture
def known(registered: None) -> None:
    """The worker tells of the base's weights, too."""
    Worker.objects.filter(name="second").update(base_models={"tiny": FACTS.model_dump()})


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
@pytest.mark.parametrize("path", ["/jobs/quote", "/jobs"])
@pytest.mark.parametrize("schema", [{"type": "objekt"}, {"$ref": "https://example.com/a.json"}, {"$ref": "#"}])
def test_a_schema_that_can_judge_nothing_is_refused_at_once(
    path: str, schema: dict[str, Any], owner: Caller, bench: Bench
) -> None:
    graders = [{"name": "bleu"}, {"name": "json_schema", "json_schema": schema}]
    answer = owner.post(path, tuned(bench, tuning={"graders": graders}))
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("training.tuning.graders.1.json_schema", "invalid_json_schema")
    assert "no schema that can be used" in error["message"]


@pytest.mark.usefixtures("registered")
def test_without_packing_every_conversation_is_an_example(owner: Caller, bench: Bench) -> None:
    quote = owner.post("/jobs/quote", tuned(bench, tuning={"packing": False})).json()
    assert quote["training"]["examples"] == 80


@pytest.mark.usefixtures("known")
def test_a_quote_tells_of_the_base_and_what_the_training_takes(owner: Caller, bench: Bench) -> None:
    quote = owner.post("/jobs/quote", tuned(bench, epochs=1, batch_size=1)).json()
    told = {"parameters": 10_000_000, "max_context_length": 512, "dtype": "bfloat16", "stored_bytes": 20_000_000}
    assert quote["base"] == told
    # 16,000 tokens in rows of 512, which is all that the base reads.
    assert quote["training"]["examples"] == 32
    assert quote["tokens"]["longer"] == 4
    # Fixed weights, adapters with gradients and moments, logits with their gradients, activations of a row in bf16.
    needed = 40_000_000 + 16 * 16 * 24_000 + 8 * 512 * 32_000 + 2 * 512 * 24_000
    assert quote["memory"]["needed_bytes"] == needed
    assert quote["memory"]["fits"] is True
    assert quote["estimate"]["source"] == "cost_model"


@pytest.mark.usefixtures("known")
def test_weights_as_they_are_stored_and_smaller_batches_take_less(owner: Caller, bench: Bench) -> None:
    def needed(architecture: dict[str, Any], **training: Any) -> int:
        spec = tuned(bench, **{"epochs": 1, "batch_size": 8, **training})
        spec["architecture"] = ARCHITECTURE | architecture
        return int(owner.post("/jobs/quote", spec).json()["memory"]["needed_bytes"])

    plain = needed({})
    assert needed({"base_dtype": "stored"}) == plain - 20_000_000
    assert needed({}, batch_size=4) < plain
    assert needed({"gradient_checkpointing": True}) < plain
    assert needed({"method": "full"}) > plain + 3 * 40_000_000 - 10_000_000


@pytest.mark.usefixtures("known")
def test_rated_answers_are_read_twice_for_the_reference_point_of_kto(owner: Caller, bench: Bench) -> None:
    """With a row's own answer, and with that of another row: as many answers as a pair has."""
    once = {"epochs": 1, "batch_size": 4, "tuning": {"max_length": 512}}
    rated, pairs = (owner.post("/jobs/quote", tuned(bench, form, **once)).json() for form in ("rated", "pairs"))
    assert (rated["tokens"]["read"], pairs["tokens"]["read"]) == (32_000, 16_000)
    assert rated["memory"]["needed_bytes"] == pairs["memory"]["needed_bytes"]
    assert rated["estimate"]["seconds_high"] == pairs["estimate"]["seconds_high"]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("path", ["/jobs", "/jobs/quote"])
def test_examples_longer_than_the_base_reads_are_refused(owner: Caller, bench: Bench, path: str) -> None:
    [error] = owner.post(path, tuned(bench, tuning={"max_length": 513})).json()["errors"]
    assert (error["field"], error["code"]) == ("training.tuning.max_length", "text_too_long")
    assert error["message"] == "tiny reads at most 512 tokens, not 513."
    assert error["hint"] == "Set it to 512 or less."


@pytest.mark.usefixtures("known")
def test_a_base_that_no_slot_can_hold_is_refused(owner: Caller, bench: Bench) -> None:
    huge = FACTS.model_copy(update={"parameters": 10**9, "stored_bytes": 2 * 10**9})
    Worker.objects.filter(name="second").update(base_models={"tiny": huge.model_dump()})
    [error] = owner.post("/jobs", tuned(bench)).json()["errors"]
    assert (error["field"], error["code"]) == ("architecture", "too_large_for_slot")


@pytest.mark.usefixtures("registered")
def test_of_a_base_that_no_worker_tells_of_nothing_is_promised(owner: Caller, bench: Bench) -> None:
    quote = owner.post("/jobs/quote", tuned(bench)).json()
    assert (quote["base"], quote["memory"]) == (None, None)


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
