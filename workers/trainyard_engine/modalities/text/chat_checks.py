"""Checks of a conversation's turns: each problem by the message that has it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trainyard_engine.ingest.problems import ProblemCode
from trainyard_engine.modalities.text.conversations import Conversation, Message

SYSTEM = ("system", "developer")
ROLES = (*SYSTEM, "user", "assistant", "tool")
FOLLOWS = {"user": ("user", "tool"), "assistant": ("assistant",)}
"""After which turns one of a role is out of order, where no calls are open."""


class TurnProblem(NamedTuple):
    """``place`` is the path of the message in its row."""

    code: ProblemCode
    message: str
    place: str


def problems_of(conversation: Conversation) -> Iterator[TurnProblem]:
    """Every problem of its turns, in their order."""
    asked = conversation.messages
    if not conversation.chosen and not conversation.answer:
        yield from _turn_problems(asked, "messages")
        if asked and asked[-1]["role"] != "assistant":
            message = "The last message is not the assistant's: nothing is learnt from what follows its last answer."
            yield TurnProblem(ProblemCode.ROLE_OUT_OF_ORDER, message, f"messages.{len(asked) - 1}")
        elif asked and not any(turn["role"] == "assistant" and turn.get("weight", 1) for turn in asked):
            message = "No message of the assistant counts: its weights are all 0."
            yield TurnProblem(ProblemCode.NOTHING_TO_LEARN, message, "messages")
        return
    yield from _turn_problems(asked, "prompt")
    for name in ("chosen", "rejected", "answer"):
        answer = getattr(conversation, name)
        if answer or (name in ("chosen", "rejected") and not conversation.answer):
            yield from _turn_problems(answer, name, before=asked)
    if conversation.chosen and conversation.chosen == conversation.rejected:
        message = "The chosen and the rejected answer are the same: there is nothing to prefer."
        yield TurnProblem(ProblemCode.SAME_ANSWERS, message, "rejected")


def _turn_problems(turns: Sequence[Message], place: str, *, before: Sequence[Message] = ()) -> Iterator[TurnProblem]:
    if not turns:
        yield TurnProblem(ProblemCode.EMPTY_CONVERSATION, f"{place} has no message.", place)
        return
    last = before[-1] if before else None
    open_calls = _calls(last) if last else set()
    for index, turn in enumerate(turns):
        at = f"{place}.{index}"
        if turn["role"] not in ROLES:
            message = f"Message {index} has the role {turn['role'][:40]!r}; known are {', '.join(ROLES)}."
            yield TurnProblem(ProblemCode.ROLE_UNKNOWN, message, at)
            return
        if reason := _out_of_order(turn, last, open_calls):
            yield TurnProblem(ProblemCode.ROLE_OUT_OF_ORDER, f"Message {index}: {reason}", at)
        if not turn["content"].strip() and not turn.get("tool_calls") and turn["role"] != "tool":
            message = f"Message {index}, the {turn['role']}'s, is empty. Fill it in or leave the conversation out."
            yield TurnProblem(ProblemCode.EMPTY_MESSAGE, message, at)
        open_calls = open_calls - {turn.get("tool_call_id")} if turn["role"] == "tool" else _calls(turn)
        last = turn


def _calls(turn: Message) -> set[str | None]:
    return {call["id"] or None for call in turn.get("tool_calls", ())}


def _out_of_order(turn: Message, last: Message | None, open_calls: set[str | None]) -> str:
    """Why ``turn`` may not follow ``last``, as a sentence; empty where it may."""
    role, previous = turn["role"], last["role"] if last else None
    if role in SYSTEM:
        return "" if last is None else "a system message stands first, or nowhere."
    if role == "tool":
        if previous not in ("assistant", "tool") or (previous == "assistant" and not open_calls):
            return "a tool answers what an assistant's tool_calls asked for, and there are none before it."
        known = not open_calls or None in open_calls or turn.get("tool_call_id") in open_calls
        return "" if known else f"no call before it has the id {turn.get('tool_call_id')!r}."
    if previous in (None, *SYSTEM):
        return "" if role == "user" else "a conversation begins with the user."
    if role == "user" and previous == "assistant" and open_calls:
        return "the calls of tools before it have no answer."
    if previous in FOLLOWS[role]:
        other = "assistant" if role == "user" else "user"
        return f"it follows one of the {previous}; the {other} comes between. Join them into one."
    return ""
