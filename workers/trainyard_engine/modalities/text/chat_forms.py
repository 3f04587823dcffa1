"""The forms in which conversations are uploaded, told apart by their keys, as rows of one form.

OpenAI's ``messages`` and preference pairs, Alpaca (Taori et al., 2023), Dolly (Conover et al., 2023), ShareGPT, TRL's
``prompt`` with ``completion``, with ``chosen`` and ``rejected``, or with ``completion`` and ``label``, and the question
with its answer of GSM8K (Cobbe et al., 2021).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from trainyard_engine.modalities.text.conversations import Conversation, Message
from trainyard_spec.tasks import Task

Form = Literal["messages", "alpaca", "sharegpt", "prompt_completion", "pairs", "rated"]
SHAREGPT_ROLES = {
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("gpt", "assistant", "model", "chatgpt", "bing"), "assistant"),
    "system": "system",
    **dict.fromkeys(("tool", "observation", "function_response"), "tool"),
}
ASKED_AND_SAID = (
    *(("prompt", "completion"), ("prompt", "response"), ("question", "answer"), ("query", "response")),
    *(("question", "response"), ("problem", "solution"), ("user", "assistant"), ("input", "output")),
)
"""Keys of what is asked and of what is answered, where a row has no more than one of each."""
MARKED = re.compile(r"###\s*(Human|Instruction|User|Assistant|Response):|<\|im_start\|>|\[INST\]")
"""What marks the turns in a text that was made by a template already, such as Guanaco's."""
SPOKEN = re.compile(r"(?:^\s*|\n\n)(Human|Assistant):")
KEPT = ("role", "content", "tool_calls", "tool_call_id", "name", "weight")


class NotAConversation(ValueError):
    """``place`` is the path of what is wrong in the row, such as ``messages.2.content``."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, slots=True)
class ChatForm:
    """How rows with all of ``keys`` are read, and the task that learns from them."""

    name: Form
    keys: frozenset[str]
    task: Task
    read: Callable[[Mapping[str, Any]], Conversation]


def form_of(row: Mapping[str, Any]) -> ChatForm | None:
    """The first form whose keys ``row`` has."""
    return next((form for form in FORMS if form.keys <= row.keys()), None)


def _messages(row: Mapping[str, Any]) -> Conversation:
    return Conversation(turns_of(row["messages"], "messages"), tools=_tools(row))


def _alpaca(row: Mapping[str, Any]) -> Conversation:
    return _instructed(row, "input", "output")


def _dolly(row: Mapping[str, Any]) -> Conversation:
    return _instructed(row, "context", "response")


def _instructed(row: Mapping[str, Any], about: str, answer: str) -> Conversation:
    asked = "\n\n".join(text for name in ("instruction", about) if (text := _text(row.get(name), name)))
    turns: list[Message] = [{"role": "user", "content": asked}]
    turns.append({"role": "assistant", "content": _text(row[answer], answer)})
    return Conversation((*_system(row), *turns))


def _asked_and_said(row: Mapping[str, Any]) -> Conversation:
    asked, said = next(keys for keys in ASKED_AND_SAID if row.keys() >= {*keys})
    turns = (*_said(row[asked], asked, role="user"), *_said(row[said], said, role="assistant"))
    return Conversation((*_system(row), *turns), tools=_tools(row))


def _system(row: Mapping[str, Any]) -> tuple[Message, ...]:
    """The message of a key of its own, if there is one."""
    system = _text(row.get("system"), "system")
    return ({"role": "system", "content": system},) if system else ()


def _sharegpt(row: Mapping[str, Any]) -> Conversation:
    turns: list[Message] = []
    for index, turn in enumerate(_list(row["conversations"], "conversations")):
        place = f"conversations.{index}"
        if not isinstance(turn, Mapping):
            raise NotAConversation("is no object", place)
        said_by, said = turn.get("from", turn.get("role")), turn.get("value", turn.get("content"))
        if said_by not in SHAREGPT_ROLES:
            raise NotAConversation(f"is from {said_by!r}, where one of {', '.join(SHAREGPT_ROLES)} is known", place)
        turns.append({"role": SHAREGPT_ROLES[said_by], "content": _text(said, f"{place}.value")})
    return Conversation((*_system(row), *turns))


def _openai_pairs(row: Mapping[str, Any]) -> Conversation:
    asked = row["input"]
    if not isinstance(asked, Mapping) or "messages" not in asked:
        raise NotAConversation("has no messages", "input")
    return Conversation(
        turns_of(asked["messages"], "input.messages"),
        tools=_tools(asked),
        chosen=turns_of(row["preferred_output"], "preferred_output"),
        rejected=turns_of(row["non_preferred_output"], "non_preferred_output"),
    )


def _pairs(row: Mapping[str, Any]) -> Conversation:
    return Conversation(
        _said(row["prompt"], "prompt", role="user"),
        tools=_tools(row),
        chosen=_said(row["chosen"], "chosen", role="assistant"),
        rejected=_said(row["rejected"], "rejected", role="assistant"),
    )


def _whole_pairs(row: Mapping[str, Any]) -> Conversation:
    """What both conversations begin with was asked."""
    chosen, rejected = (_whole(row[name], name) for name in ("chosen", "rejected"))
    same = 0
    while same < min(len(chosen), len(rejected)) - 1 and chosen[same] == rejected[same]:
        same += 1
    return Conversation(chosen[:same], tools=_tools(row), chosen=chosen[same:], rejected=rejected[same:])


def _whole(value: Any, place: str) -> tuple[Message, ...]:
    """A conversation as a list of messages, or as a text with ``Human:`` and ``Assistant:`` before its turns, as those
    of Anthropic's HH-RLHF (Bai et al. 2022)."""
    if not isinstance(value, str) or not SPOKEN.match(value):
        return turns_of(value, place)
    said = SPOKEN.split(f"\n\n{value.strip()}")[1:]
    pairs = zip(said[::2], said[1::2], strict=True)
    return tuple({"role": SHAREGPT_ROLES[who.lower()], "content": text.strip()} for who, text in pairs)


def _rated(row: Mapping[str, Any]) -> Conversation:
    if not isinstance(row["label"], bool):
        raise NotAConversation("is neither true nor false", "label")
    asked = _said(row["prompt"], "prompt", role="user")
    answer = _said(row["completion"], "completion", role="assistant")
    return Conversation(asked, tools=_tools(row), answer=answer, is_desirable=row["label"])


FORMS: tuple[ChatForm, ...] = (
    ChatForm("messages", frozenset({"messages"}), Task.INSTRUCTION_TUNING, _messages),
    ChatForm("sharegpt", frozenset({"conversations"}), Task.INSTRUCTION_TUNING, _sharegpt),
    ChatForm("alpaca", frozenset({"instruction", "output"}), Task.INSTRUCTION_TUNING, _alpaca),
    ChatForm("alpaca", frozenset({"instruction", "response"}), Task.INSTRUCTION_TUNING, _dolly),
    ChatForm(
        "pairs",
        frozenset({"input", "preferred_output", "non_preferred_output"}),
        Task.PREFERENCE_TUNING,
        _openai_pairs,
    ),
    ChatForm("pairs", frozenset({"prompt", "chosen", "rejected"}), Task.PREFERENCE_TUNING, _pairs),
    ChatForm("pairs", frozenset({"chosen", "rejected"}), Task.PREFERENCE_TUNING, _whole_pairs),
    ChatForm("rated", frozenset({"prompt", "completion", "label"}), Task.PREFERENCE_TUNING, _rated),
    *(
        ChatForm("prompt_completion", frozenset(keys), Task.INSTRUCTION_TUNING, _asked_and_said)
        for keys in ASKED_AND_SAID
    ),
)


def hint_for(row: Mapping[str, Any]) -> str:
    """A sentence on a row of a form that is known, and is not read; empty for others."""
    if {"message_id", "parent_id"} <= row.keys():
        return (
            " It is one message of a tree, as OpenAssistant has them, of which the task instruction_tuning learns: for"
            " preferences write the prompt with the answer that is chosen and the one that is rejected."
        )
    text = row.get("text")
    if isinstance(text, str) and MARKED.search(text):
        return (
            " Its text holds a conversation whose turns are marked within it: write them as messages, each with its"
            " role and its content, and the model's own template marks them again."
        )
    return ""


def _said(value: Any, place: str, *, role: str) -> tuple[Message, ...]:
    """A text of ``role``, or a list of messages."""
    return ({"role": role, "content": value},) if isinstance(value, str) else turns_of(value, place)


def turns_of(value: Any, place: str) -> tuple[Message, ...]:
    """The messages of a list. Raises ``NotAConversation``."""
    return tuple(_turn(turn, f"{place}.{index}") for index, turn in enumerate(_list(value, place)))


def _turn(turn: Any, place: str) -> Message:
    if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
        raise NotAConversation("is no object with a role and a content", place)
    found = {name: turn[name] for name in KEPT if turn.get(name) is not None}
    found["content"] = _text(turn.get("content"), f"{place}.content")
    if calls := turn.get("tool_calls"):
        found["tool_calls"] = [_call(call, f"{place}.tool_calls.{i}") for i, call in enumerate(_list(calls, place))]
    if found.get("weight", 1) not in (0, 1):
        raise NotAConversation("is neither 0 nor 1", f"{place}.weight")
    return found


def _call(call: Any, place: str) -> Message:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise NotAConversation("is no object with a function and its name", place)
    arguments = function.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except (ValueError, RecursionError) as error:
            raise NotAConversation(f"is no JSON ({error})", f"{place}.function.arguments") from error
    named = {"name": function["name"], "arguments": arguments}
    return {"id": call.get("id", ""), "type": "function", "function": named}


def _tools(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(_list(row.get("tools") or [], "tools"))


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise NotAConversation("is no list", place)
    return value


def _text(value: Any, place: str) -> str:
    """A text, or a list of parts that are texts, as OpenAI writes them; none is an empty one."""
    if isinstance(value, list):
        parts = [part.get("text") for part in value if isinstance(part, Mapping) and part.get("type") == "text"]
        texts = [part for part in parts if isinstance(part, str)]
        if len(texts) == len(value):
            return "".join(texts)
        raise NotAConversation("has a part that is no text, and only texts are learnt from", place)
    if value is not None and not isinstance(value, str):
        raise NotAConversation("is no text", place)
    return value or ""
