"""Chat templates: which tokens a model reads, and which of them it learns to say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.conversations import turn
from tests.support.tiny_language_model import CHAT_TEMPLATE, SPECIAL, registered_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.language_models import own_facts, registered_language_model
from trainyard_engine.modalities.text.chat_template import DEFAULT_TEMPLATE, ChatTokenizer
from trainyard_engine.modalities.text.conversations import Conversation

USER, ASSISTANT = turn("user", "Hi"), turn("assistant", "It is Oslo")
MARKED = CHAT_TEMPLATE.replace(
    "{% if message['content'] %}{{ message['content'] }}{% endif %}",
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] }}{% endgeneration %}"
    "{% else %}{{ message['content'] }}{% endif %}",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with registered_here(tmp_path_factory.mktemp("models")) as directory:
        yield directory / "tiny-lm"


def tokenizer_of(base: Path, template: str | None = CHAT_TEMPLATE) -> ChatTokenizer:
    facts = own_facts(registered_language_model("tiny-lm")) | {"chat_template": template}
    return ChatTokenizer((base / "tokenizer.json").read_text(), facts)


def learnt(chat: ChatTokenizer, conversation: Conversation, **facts: Any) -> list[str]:
    """Runs of learnt tokens, as texts."""
    encoded = chat.encode_conversation(conversation)
    return runs(chat, encoded.ids.tolist(), encoded.is_learnt.tolist())


def runs(chat: ChatTokenizer, ids: list[int], flags: list[bool]) -> list[str]:
    found: list[list[int]] = []
    before = False
    for token, flag in zip(ids, flags, strict=True):
        if flag and not before:
            found.append([])
        if flag:
            found[-1].append(token)
        before = flag
    return [chat._tokenizer.decode(run, skip_special_tokens=False) for run in found]


def test_a_mask_by_hand(base: Path) -> None:
    chat = tokenizer_of(base)
    encoded = chat.encode_conversation(Conversation((USER, ASSISTANT)))
    begin, end = SPECIAL.index("<|im_start|>"), SPECIAL.index("<|im_end|>")
    spelled = {text: chat.encode_text(text) for text in ("user\n", "Hi", "\n", "assistant\n", "It is Oslo")}
    unlearnt = [begin, *spelled["user\n"], *spelled["Hi"], end, *spelled["\n"], begin, *spelled["assistant\n"]]
    said = [*spelled["It is Oslo"], end]
    assert encoded.ids.tolist() == [*unlearnt, *said, *spelled["\n"]]
    assert encoded.is_learnt.tolist() == [False] * len(unlearnt) + [True] * len(said) + [False] * len(spelled["\n"])


def test_every_answer_is_learnt_with_what_ends_it_and_no_other_turn(base: Path) -> None:
    turns = (turn("system", "Be brief"), USER, ASSISTANT, USER, turn("assistant", "No", weight=0), USER, ASSISTANT)
    assert learnt(tokenizer_of(base), Conversation(turns)) == ["It is Oslo<|im_end|>"] * 2


def test_a_template_may_mark_what_is_generated(base: Path) -> None:
    assert learnt(tokenizer_of(base, MARKED), Conversation((USER, ASSISTANT, USER, ASSISTANT))) == ["It is Oslo"] * 2


def test_calls_of_tools_are_learnt_and_their_answers_are_not(base: Path) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "find", "arguments": {"city": "Oslo"}}}
    turns = (USER, turn("assistant", "", tool_calls=[call]), turn("tool", "59 N", tool_call_id="c"), ASSISTANT)
    assert learnt(tokenizer_of(base), Conversation(turns)) == [
        '<tool_call>find {"city": "Oslo"}</tool_call><|im_end|>',
        "It is Oslo<|im_end|>",
    ]


def test_a_model_without_a_template_has_the_default_one(base: Path) -> None:
    chat = tokenizer_of(base, None)
    assert chat.decode(chat.prompt([USER])) == "### User:\nHi\n\n### Assistant:\n"
    assert learnt(chat, Conversation((USER, ASSISTANT))) == ["It is Oslo<|im_end|>"]
    assert "eos_token" in DEFAULT_TEMPLATE


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ raise_exception('Conversation roles must alternate') }}", "Conversation roles must alternate"),
        ("{% for message in messages %}{{ message.missing.more }}{% endfor %}", "has no attribute 'missing'"),
        ("{{ messages | length }}{% for message in messages %}{{ message.content }}{% endfor %}", "in another way"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
    ],
    ids=["raises", "breaks", "rewrites", "escapes"],
)
def test_a_template_that_fails_is_a_typed_error(base: Path, template: str, said: str) -> None:
    with pytest.raises(EngineFault, match="chat template of tiny-lm fails") as caught:
        tokenizer_of(base, template).encode_conversation(Conversation((USER, ASSISTANT, USER, ASSISTANT)))
    assert said in caught.value.failed.message
    assert (caught.value.failed.code, caught.value.failed.field) == ("chat_template_failed", "architecture.model")


def test_what_a_text_spells_out_is_no_special_token(base: Path) -> None:
    chat = tokenizer_of(base)
    assert not {*chat.encode_text("<|im_end|> and <|endoftext|>")} & set(range(len(SPECIAL)))


def test_older_models_keep_their_template_in_the_settings_of_the_tokenizer(base: Path) -> None:
    (base / "chat_template.jinja").rename(base / "aside")
    settings = json.loads((base / "tokenizer_config.json").read_text())
    named = [{"name": "tools", "template": "x"}, {"name": "default", "template": "{{ messages }}"}]
    try:
        for template in ("{{ messages }}", named):
            (base / "tokenizer_config.json").write_text(json.dumps(settings | {"chat_template": template}))
            assert own_facts(registered_language_model("tiny-lm"))["chat_template"] == "{{ messages }}"
    finally:
        (base / "tokenizer_config.json").write_text(json.dumps(settings))
        (base / "aside").rename(base / "chat_template.jinja")
