"""Conversations as a dataset stores them: a JSON object a row, whatever form the upload had.

``messages`` are OpenAI's: objects with ``role`` (system, developer, user, assistant or tool) and ``content``, an
assistant's with ``tool_calls``, whose ``arguments`` are objects here, and with ``weight`` 0 if it is not to be learnt;
a tool's with ``tool_call_id``. Beside them, where there are any, ``tools``: functions as JSON Schema. For preferences
``messages`` are what was asked; ``chosen`` and ``rejected``, or ``answer`` with ``is_desirable``, what was answered.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trainyard_spec.datasets import BYTES_PER_TOKEN, TOKENS_PER_MESSAGE

Message = dict[str, Any]
ANSWERS = ("chosen", "rejected", "answer")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One row. Without ``chosen`` and ``answer`` the assistant's turns among ``messages`` are what is learnt."""

    messages: tuple[Message, ...]
    tools: tuple[Any, ...] = ()
    chosen: tuple[Message, ...] = ()
    rejected: tuple[Message, ...] = ()
    answer: tuple[Message, ...] = ()
    is_desirable: bool | None = None

    def all_messages(self) -> Iterator[Message]:
        yield from self.messages
        for name in ANSWERS:
            yield from getattr(self, name)

    def to_json(self) -> str:
        """Read back by ``from_json``; what is empty is left out."""
        found: dict[str, Any] = {"messages": self.messages}
        found |= {name: value for name in ("tools", *ANSWERS) if (value := getattr(self, name))}
        if self.is_desirable is not None:
            found["is_desirable"] = self.is_desirable
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Conversation":
        found = json.loads(text)
        lists = {name: tuple(found.get(name, ())) for name in ("messages", "tools", *ANSWERS)}
        return cls(**lists, is_desirable=found.get("is_desirable"))


def learnt_messages(conversation: Conversation) -> Sequence[Message]:
    """Messages that a model learns to say, or to tell apart."""
    answers = [message for name in ANSWERS for message in getattr(conversation, name)]
    return answers or [m for m in conversation.messages if m["role"] == "assistant" and m.get("weight", 1)]


def estimated_tokens(messages: Sequence[Message]) -> int:
    """About how many tokens they have; see ``ConversationProfile``."""
    sizes = (len(_said(message).encode()) for message in messages)
    return sum(-(-size // BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE for size in sizes)


def _said(message: Message) -> str:
    calls = message.get("tool_calls")
    return (message.get("content") or "") + (json.dumps(calls, ensure_ascii=False) if calls else "")
