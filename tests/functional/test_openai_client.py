"""OpenAI's own client, as it is installed, against a whole platform with a tiny registered base model.

It validates every answer strictly: a field of another type, or a value that its types do not know, raises.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from openai import AuthenticationError, BadRequestError, NotFoundError, PermissionDeniedError

from tests.support.embedded import REPOSITORY
from tests.support.openai_calls import calls_on
from tests.support.shared_platform import BASE, CONTEXT, SHARED_LANGUAGE
from tests.support.tuned_language_model import (
    CHATS,
    PREFERENCES,
    SHORT,
    Tuned,
    client_with,
    ended,
    jsonl,
    run_guide,
    state_of,
    tuned,
)
from tests.support.waiting import wait_for

__all__ = ["tuned"]

pytestmark = [SHARED_LANGUAGE, pytest.mark.timeout(600)]

GUIDE = REPOSITORY / "docs" / "how-to" / "move-from-openai.md"


def test_a_file_is_kept_as_it_was_sent(tuned: Tuned) -> None:
    file = tuned.client.files.retrieve(tuned.file.id)
    assert (file.filename, file.purpose, file.status) == ("chats.jsonl", "fine-tune", "processed")
    sent = (tuned.directory / "chats.jsonl").read_bytes()
    assert tuned.client.files.content(file.id).read() == sent
    assert file.bytes == len(sent)
    assert file.id in [each.id for each in tuned.client.files.list(purpose="fine-tune")]


def test_the_job_says_what_became_of_it(tuned: Tuned) -> None:
    job = tuned.job
    assert job.status == "succeeded", job.error
    assert job.fine_tuned_model.startswith(f"ft:{BASE}:")
    assert ":counts:" in job.fine_tuned_model
    assert job.hyperparameters.n_epochs == 2
    assert (job.seed, job.metadata, job.training_file) == (7, {"team": "one"}, tuned.file.id)
    assert job.trained_tokens > 0
    assert job.billing["cap"] == "1.000000"
    assert float(job.billing["billed"]) > 0
    assert job.id in [each.id for each in tuned.client.fine_tuning.jobs.list(metadata={"team": "one"})]
    assert not list(tuned.client.fine_tuning.jobs.list(metadata={"team": "two"}))


def test_events_and_checkpoints_come_in_pages(tuned: Tuned) -> None:
    first = tuned.client.fine_tuning.jobs.list_events(tuned.job.id, limit=2)
    assert first.has_more
    events = list(first)
    assert len(events) >= 4
    assert len({event.id for event in events}) == len(events)
    assert events[0].message.startswith("The job is succeeded")
    assert events[-1].message.startswith("Created the fine-tuning job")
    checkpoints = list(tuned.client.fine_tuning.jobs.checkpoints.list(tuned.job.id))
    assert all(each.fine_tuning_job_id == tuned.job.id for each in checkpoints)


def test_the_model_is_listed_beside_its_base(tuned: Tuned) -> None:
    listed = [each.id for each in tuned.client.models.list()]
    assert {tuned.model, BASE} <= set(listed)
    assert tuned.client.models.retrieve(tuned.model).id == tuned.model


def test_a_chat_is_answered_with_usage_and_logprobs(tuned: Tuned) -> None:
    asked: Any = {"model": tuned.model, "messages": [{"role": "user", "content": "Count to 3."}], "max_tokens": 12}
    answer = tuned.client.chat.completions.create(**asked, logprobs=True, top_logprobs=2, seed=5)
    again = tuned.client.chat.completions.create(**asked, seed=5)
    assert answer.choices[0].message.content == again.choices[0].message.content
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.choices[0].logprobs is not None
    tokens = answer.choices[0].logprobs.content or []
    assert len(tokens) == answer.usage.completion_tokens
    assert all(len(token.top_logprobs) == 2 and token.logprob <= 0 for token in tokens)
    several = tuned.client.chat.completions.create(**asked, n=3, seed=1, temperature=2)
    assert len({choice.message.content for choice in several.choices}) == 3


def test_a_stream_makes_the_same_text(tuned: Tuned) -> None:
    asked: Any = {
        "model": tuned.model,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Count to 9."}]}],
        "max_completion_tokens": 24,
        "temperature": 0,
    }
    whole = tuned.client.chat.completions.create(**asked)
    chunks = list(tuned.client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.usage for chunk in chunks if chunk.usage] == [whole.usage]
    assert [each.choices[0].finish_reason for each in chunks if each.choices and each.choices[0].finish_reason] == [
        whole.choices[0].finish_reason
    ]


def test_an_answer_ends_when_its_reader_leaves(tuned: Tuned) -> None:
    stream = tuned.client.chat.completions.create(
        model=tuned.model,
        messages=[{"role": "user", "content": "Count to 9."}],
        n=8,
        max_completion_tokens=1_900,
        temperature=2,
        stream=True,
    )
    next(stream)
    stream.close()  # the socket
    told = wait_for(lambda: tuned.platform.logged("worker", "prediction.finished", failure="reader_left"))
    assert told[-1]["failure"] == "reader_left"
    asked: Any = {"model": tuned.model, "prompt": "One two", "max_tokens": 4, "temperature": 0}
    answer = tuned.client.completions.create(**asked)
    assert answer.usage is not None
    assert answer.usage.completion_tokens <= 4


def test_completions_go_on_behind_their_prompts(tuned: Tuned) -> None:
    answer = tuned.client.completions.create(
        model=tuned.model, prompt=["One two", "Red green"], max_tokens=6, temperature=0, logprobs=1
    )
    assert len(answer.choices) == 2
    assert answer.usage is not None
    alone = tuned.client.completions.create(model=tuned.model, prompt="Red green", max_tokens=6, temperature=0)
    assert alone.choices[0].text == answer.choices[1].text
    chunks = tuned.lenient.completions.create(
        model=tuned.model, prompt="Red green", max_tokens=6, temperature=0, stream=True
    )
    assert "".join(chunk.choices[0].text for chunk in chunks) == alone.choices[0].text


def test_embeddings_have_unit_length_in_both_encodings(tuned: Tuned) -> None:
    found = tuned.lenient.embeddings.create(model=tuned.model, input=["One two", "Red"])
    assert [each.index for each in found.data] == [0, 1]
    vector = found.data[0].embedding
    assert sum(value * value for value in vector) == pytest.approx(1, abs=1e-4)
    plain = tuned.client.embeddings.create(model=tuned.model, input="One two", encoding_format="float")
    assert plain.data[0].embedding == pytest.approx(vector, abs=1e-6)


def test_a_sentence_embedding_serves_its_vectors_by_name(tuned: Tuned) -> None:
    rows = [f"word{n % 9} begins,answer{n % 9} ends" for n in range(90)]
    table = tuned.directory / "pairs.csv"
    table.write_text("\n".join(("anchor,positive", *rows)), encoding="utf-8")
    with tuned.platform.client() as owner:
        model = owner.train(table, task="sentence_embedding", training={"epochs": 2, "batch_size": 16})
        own = owner.predict(model, ["word1 begins", "answer1 ends"])
        pair = owner.predict(model, {"sentence1": "word1 begins", "sentence2": "answer1 ends"})
    listed = [each.id for each in tuned.client.models.list() if each.id.endswith(model.id.removeprefix("mdl_"))]
    for name in (*listed, model.id):
        found = tuned.lenient.embeddings.create(model=name, input=["word1 begins", "answer1 ends"])
        vectors = [each.embedding for each in found.data]
        for vector, answer in zip(vectors, own, strict=True):
            assert vector == pytest.approx(answer["embedding"], abs=1e-6)
    assert listed
    assert sum(a * b for a, b in zip(*vectors, strict=True)) == pytest.approx(pair[0]["similarity"], abs=1e-5)
    assert found.usage.prompt_tokens == found.usage.total_tokens > 0
    with pytest.raises(BadRequestError, match="not text"):
        tuned.lenient.embeddings.create(model=model.id, input=[[1, 2]])


def test_preferences_are_tuned_with_a_validation_file(tuned: Tuned) -> None:
    files = []
    for name, rows in (("preferences.jsonl", PREFERENCES[:18]), ("held-out.jsonl", PREFERENCES[18:])):
        with jsonl(tuned.directory, name, rows).open("rb") as content:
            files.append(tuned.client.files.create(file=content, purpose="fine-tune"))
    job = tuned.client.fine_tuning.jobs.create(
        model=BASE,
        training_file=files[0].id,
        validation_file=files[1].id,
        method={"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 1, "beta": 0.2}}},
        extra_body=SHORT,
    )
    done = ended(tuned.client, job.id)
    assert done.status == "succeeded", done.error
    assert done.validation_file == files[1].id
    assert done.method.dpo.hyperparameters.beta == 0.2
    listed = [each.filename for each in tuned.client.files.list()]
    assert listed.count("merged.jsonl") == 0


def test_a_job_is_paused_resumed_and_cancelled(tuned: Tuned) -> None:
    job = tuned.client.fine_tuning.jobs.create(
        model=BASE,
        training_file=tuned.file.id,
        hyperparameters={"n_epochs": 500, "batch_size": 1},
        extra_body=SHORT,
    )
    paused = tuned.client.fine_tuning.jobs.pause(job.id)
    assert paused.status in ("queued", "running")
    wait_for(lambda: state_of(tuned, job.id) == "paused")
    assert tuned.client.fine_tuning.jobs.retrieve(job.id).status == "queued"
    assert tuned.client.fine_tuning.jobs.list_events(job.id).data[0].level == "warn"
    tuned.client.fine_tuning.jobs.resume(job.id)
    tuned.client.fine_tuning.jobs.cancel(job.id)
    assert ended(tuned.client, job.id).status == "cancelled"
    with pytest.raises(BadRequestError) as conflict:
        tuned.client.fine_tuning.jobs.resume(job.id)
    assert conflict.value.code == "job_finished"


def test_a_file_that_cannot_be_read_fails_its_job_with_the_line(tuned: Tuned) -> None:
    rows = [*CHATS[:3], {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": ""}]}]
    with jsonl(tuned.directory, "broken.jsonl", rows).open("rb") as content:
        file = tuned.client.files.create(file=content, purpose="fine-tune")
    job = tuned.client.fine_tuning.jobs.create(model=BASE, training_file=file.id, extra_body=SHORT)
    failed = ended(tuned.client, job.id)
    assert failed.status == "failed"
    assert failed.error.code == "invalid_training_file"
    assert tuned.client.files.retrieve(file.id).status == "error"
    assert tuned.client.fine_tuning.jobs.list_events(job.id).data[0].level == "error"


def test_what_cannot_be_is_refused_in_openais_form(tuned: Tuned) -> None:
    chat: Any = {"model": tuned.model, "messages": [{"role": "user", "content": "Hello"}]}
    refusals: list[tuple[type[Exception], Any]] = [
        (NotFoundError, lambda: tuned.client.chat.completions.create(**chat | {"model": BASE})),
        (NotFoundError, lambda: tuned.client.chat.completions.create(**chat | {"model": "ft:tiny-lm:a:b:none"})),
        (BadRequestError, lambda: tuned.client.chat.completions.create(**chat, frequency_penalty=1)),
        (
            BadRequestError,
            lambda: tuned.client.chat.completions.create(**chat, response_format={"type": "json_object"}),
        ),
        (BadRequestError, lambda: tuned.client.fine_tuning.jobs.create(model="none", training_file=tuned.file.id)),
        (
            BadRequestError,
            lambda: tuned.client.fine_tuning.jobs.create(
                model=BASE, training_file=tuned.file.id, method={"type": "dpo"}
            ),
        ),
        (NotFoundError, lambda: tuned.client.fine_tuning.jobs.create(model=BASE, training_file="file-none")),
        (NotFoundError, lambda: tuned.client.batches.list()),
    ]
    for kind, call in refusals:
        with pytest.raises(kind) as refused:
            call()
        assert refused.value.body["message"]  # type: ignore[attr-defined]
    too_long = "word " * CONTEXT
    with pytest.raises(BadRequestError) as long:
        tuned.client.completions.create(model=tuned.model, prompt=too_long)
    assert long.value.code == "prompt_too_long"


def test_only_who_may_gets_anything(tuned: Tuned) -> None:
    with tuned.platform.client("admin_api_key") as operator:
        other = operator.admin.create_organization(name="Lab", owner_email="lab@example.com")
    with tuned.platform.client() as owner:
        viewer = owner.organization.create_key(name="viewer", role="viewer")
        revoked = owner.organization.create_key(name="revoked", role="member")
        owner.organization.revoke_key(revoked.id)
    writes, reads, lists = calls_on(tuned)
    outsider = client_with(tuned.platform, str(other.api_key.secret))
    teammate = client_with(tuned.platform, str(viewer.secret))
    for nobody in (client_with(tuned.platform, str(revoked.secret)), client_with(tuned.platform, "ty_live_wrong")):
        for call in (*writes, *reads, *lists):
            with pytest.raises(AuthenticationError):
                call(nobody)
    for call in (*writes, *reads):
        with pytest.raises(NotFoundError):
            call(outsider)
    assert [list(call(outsider)) for call in lists] == [[], []]
    assert tuned.model not in [each.id for each in outsider.models.list()]
    for call in writes:
        with pytest.raises(PermissionDeniedError):
            call(teammate)
    for call in (*reads, *lists):
        call(teammate)


def test_the_guide_runs_as_it_stands(tuned: Tuned, tmp_path: Path) -> None:
    [code] = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    jsonl(tmp_path, "chats.jsonl", CHATS)
    done = run_guide(tuned, code, tmp_path)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert f"ft:{BASE}:" in done.stdout
    assert "total_tokens" in done.stdout
