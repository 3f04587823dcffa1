"""Conversations, and answers to compare, as compiled data: short sums in words, so that something can be learnt."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.compiled import text_arrays, write_arrays
from trainyard_engine.modalities.text.conversations import Conversation, estimated_tokens, learnt_messages
from trainyard_spec.datasets import ConversationProfile
from trainyard_spec.tasks import Task

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def turn(role: str, content: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def small_conversations(directory: Path, *, rows: int = 40) -> Path:
    """Of two or four turns, every third with a system message."""
    return write_conversations(directory, [_chat(row) for row in range(rows)])


def small_pairs(directory: Path, *, rows: int = 40) -> Path:
    """Where yes is always chosen and no rejected."""
    return write_conversations(directory, [_pair(row) for row in range(rows)], task=Task.PREFERENCE_TUNING)


def rated_answers(directory: Path, *, rows: int = 60) -> Path:
    """Where yes is desirable and no is not, by turns."""
    pairs = [_pair(row) for row in range(rows)]
    rated = [
        Conversation(pair.messages, answer=pair.chosen if row % 2 else pair.rejected, is_desirable=bool(row % 2))
        for row, pair in enumerate(pairs)
    ]
    return write_conversations(directory, rated, task=Task.PREFERENCE_TUNING)


def write_conversations(directory: Path, rows: Sequence[Conversation], *, task: Task = Task.INSTRUCTION_TUNING) -> Path:
    """Writes compiled conversations below ``directory``, which it returns."""
    tokens = [estimated_tokens(list(row.all_messages())) for row in rows]
    profile = ConversationProfile(
        form="messages" if task == Task.INSTRUCTION_TUNING else "pairs" if rows[0].chosen else "rated",
        messages=sum(len(list(row.all_messages())) for row in rows),
        tokens=sum(tokens),
        trained_tokens=sum(estimated_tokens(learnt_messages(row)) for row in rows),
        longest=max(tokens),
        mean=sum(tokens) / len(rows),
    )
    return write_arrays(directory, task, profile, text_arrays("text", [row.to_json() for row in rows]), rows=len(rows))


def _chat(row: int) -> Conversation:
    said = NUMBERS[row % 10]
    turns = [turn("user", f"Count to {said}"), turn("assistant", " ".join(NUMBERS[: 1 + row % 10]))]
    if row % 3 == 0:
        turns.insert(0, turn("system", "Count."))
    if row % 4 == 0:
        turns += [turn("user", "Thank you"), turn("assistant", f"You have {said}.")]
    return Conversation(tuple(turns))


def _pair(row: int) -> Conversation:
    asked = (turn("user", f"Say {NUMBERS[row % 10]}"),)
    said = NUMBERS[row // 10 % 10]
    chosen, rejected = (turn("assistant", f"yes {said}"),), (turn("assistant", f"no {said}"),)
    return Conversation(asked, chosen=chosen, rejected=rejected)
