"""Chat templates: conversations as the tokens a language model reads, and which of them it learns to say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.modalities.text.conversations import Conversation, Message

DEFAULT_TEMPLATE = (
    "{{ bos_token or '' }}"
    "{% for message in messages %}"
    "{{ '### ' + message['role'] | capitalize + ':\n' }}{{ message['content'] or '' }}"
    "{% for call in message['tool_calls'] or [] %}{{ '\n' + (call['function'] | tojson) }}{% endfor %}"
    "{% if message['role'] == 'assistant' %}{{ eos_token or '' }}{% endif %}{{ '\n\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Assistant:\n' }}{% endif %}"
)
"""Of a model that has none: each turn below its role, and what ends a text behind each answer."""
MARKED = "{% generation"
"""What, in a template, says itself which characters an assistant generates."""

Ids = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EncodedChat:
    """``ids`` int32 (tokens,), and ``is_learnt`` bool (tokens,): those which the assistant says."""

    ids: Ids
    is_learnt: Flags


class ChatTokenizer:
    """Renders conversations by a chat template, which is Jinja in a sandbox, and encodes them.

    ``facts`` are ``own_facts`` of a base. ``template`` of None takes the default one.
    """

    def __init__(self, tokenizer_json: str, facts: dict[str, Any]) -> None:
        self._tokenizer = Tokenizer.from_str(tokenizer_json)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = False
        self.template: str = facts.get("chat_template") or DEFAULT_TEMPLATE
        self._special = {name: facts.get(name) for name in ("bos_token", "eos_token")}
        self.model: str = facts["model"]

    def token_id(self, name: str) -> int | None:
        """Id of ``bos_token`` or ``eos_token``, where the model has it."""
        token = self._special[name]
        found: int | None = self._tokenizer.token_to_id(token) if token else None
        return found

    def prompt(self, messages: Sequence[Message], tools: Sequence[Any] = ()) -> list[int]:
        """The ids of ``messages`` and what begins the assistant's answer."""
        text = self._render(messages, tools, prompts=True)[0]
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def encode_text(self, text: str) -> list[int]:
        """The ids of a plain text: special tokens that it spells out are no special tokens here."""
        self._tokenizer.encode_special_tokens = True
        try:
            ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        finally:
            self._tokenizer.encode_special_tokens = False
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(ids)
        return text

    def encode(self, messages: Sequence[Message], tools: Sequence[Any] = (), *, asked: int = 0) -> EncodedChat:
        """All of ``messages``; learnt is what the assistant says in those from number ``asked`` on."""
        text, generated = self._render(messages, tools)
        spans = self._marked(generated, messages, asked) if MARKED in self.template else None
        if spans is None:
            spans = [self._span(text, messages, tools, number) for number in _answers(messages, asked)]
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        begins = np.array([begin for begin, _ in encoding.offsets], dtype=np.int64)
        is_learnt = np.zeros(len(begins), dtype=np.bool_)
        for begin, end in spans:
            is_learnt |= (begins >= begin) & (begins < end)
        return EncodedChat(np.array(encoding.ids, dtype=np.int32), is_learnt)

    def encode_conversation(self, conversation: Conversation) -> EncodedChat:
        """Encoded conversation that is learnt by imitation: all turns."""
        return self.encode(conversation.messages, conversation.tools)

    def encode_answer(self, conversation: Conversation, answer: Sequence[Message]) -> EncodedChat:
        """What was asked, with one ``answer`` to it, of which alone tokens are learnt."""
        asked = conversation.messages
        return self.encode((*asked, *answer), conversation.tools, asked=len(asked))

    def _span(self, text: str, messages: Sequence[Message], tools: Sequence[Any], number: int) -> tuple[int, int]:
        """The characters that the assistant says in turn ``number``, with what ends it. Raises ``EngineFault``."""
        before = self._render(messages[:number], tools, prompts=True)[0]
        upto = text
        if number + 1 < len(messages):
            upto = self._render(messages[: number + 1], tools)[0]
        if not (text.startswith(upto) and upto.startswith(before)):
            raise self._failed("it writes earlier turns in another way once others follow, so that what an answer is")
        return len(before), len(upto.rstrip())

    @staticmethod
    def _marked(generated: list[tuple[int, int]], messages: Sequence[Message], asked: int) -> list[tuple[int, int]]:
        turns = [number for number, turn in enumerate(messages) if turn["role"] == "assistant"]
        learnt = set(_answers(messages, asked))
        return [span for number, span in zip(turns, generated, strict=False) if number in learnt]

    def _render(
        self, messages: Sequence[Message], tools: Sequence[Any], *, prompts: bool = False
    ) -> tuple[str, list[tuple[int, int]]]:
        from transformers.utils.chat_template_utils import render_jinja_template  # takes seconds to import

        if not messages:
            return "", []
        special: dict[str, Any] = {name: token or "" for name, token in self._special.items()}
        try:
            found: Any = render_jinja_template(
                conversations=[list(messages)],
                tools=list(tools) or None,
                chat_template=self.template,
                return_assistant_tokens_mask=MARKED in self.template,
                add_generation_prompt=prompts,
                **special,
            )
        except Exception as error:  # a template may raise anything
            raise self._failed(f"{str(error).strip() or type(error).__name__}; so what an answer is") from error
        texts, generated = found
        return texts[0], list(generated[0]) if generated else []

    def _failed(self, reason: str) -> Exception:
        return invalid_input(
            f"The chat template of {self.model} fails on a conversation: {reason} cannot be told.",
            code="chat_template_failed",
            hint="Ask the operator for another template, or leave out turns that it does not know, such as system.",
            field="architecture.model",
        )


def _answers(messages: Sequence[Message], asked: int) -> Iterator[int]:
    """The numbers of the assistant's turns, from ``asked`` on, that count."""
    for number, turn in enumerate(messages):
        if number >= asked and turn["role"] == "assistant" and turn.get("weight", 1):
            yield number
