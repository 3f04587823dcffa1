"""Trees of messages, as OpenAssistant has them (Köpf et al. 2023): of each the thread that people ranked best.

A tree comes as one object with its ``prompt`` and the ``replies`` to each message, or as a row for each message, with
``message_id`` and ``parent_id``. It becomes one conversation, so that no prompt is in two parts of a split.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.json_objects import Row, RowPosition

ROLES = {"prompter": "user", "user": "user", "assistant": "assistant"}
TREE = frozenset({"message_tree_id", "prompt"})
MESSAGE = frozenset({"message_id", "role", "text"})
"""What a row has that is one message; the first of a tree may lack ``parent_id``."""

Message = Mapping[str, Any]
Replies = Callable[[Message], Sequence[Message]]


def with_threads(rows: Iterator[Row], request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    """``rows`` of trees, or of their messages, as rows with ``messages``, one for each tree; others as they are.

    Trees without an answer are left out, with a warning. Raises ``Rejected`` where all are.
    """
    first = next(rows, None)
    if first is None:
        return
    keys = frozenset(first[1] or {})
    rows = chain((first,), rows)
    if not (keys >= TREE or keys >= MESSAGE):
        yield from rows
        return
    trees = _whole_trees(rows) if keys >= TREE else _trees_of_messages(rows)
    taken = left_out = 0
    for place, row, thread in trees:
        if len(thread) < 2:
            left_out += 1
            continue
        taken += 1
        said = [
            {"role": ROLES.get(turn.get("role", ""), turn.get("role")), "content": turn.get("text")} for turn in thread
        ]
        yield RowPosition(place.file, place.line, taken, place.unit), {**row, "messages": said}
    message = f"{left_out:,} of {taken + left_out:,} trees of messages hold no answer"
    if left_out and not taken:
        message += ". A message of the role assistant names what it answers by parent_id, or is among its replies."
        log.reject(ProblemCode.NOTHING_TO_LEARN, message, file=request.filename)
    if left_out:
        log.note(WarningCode.UNLABELLED_ROWS, f"{message}; they were left out.", file=request.filename)


def _whole_trees(rows: Iterator[Row]) -> Iterator[tuple[RowPosition, dict[str, Any], list[Message]]]:
    for place, row in rows:
        prompt = (row or {}).get("prompt")
        if row is not None and isinstance(prompt, Mapping):
            yield place, row, _best_thread(prompt, lambda message: message.get("replies") or [])


def _trees_of_messages(rows: Iterator[Row]) -> Iterator[tuple[RowPosition, dict[str, Any], list[Message]]]:
    roots: list[tuple[RowPosition, dict[str, Any]]] = []
    replies: dict[str, list[Message]] = {}
    for place, row in rows:
        if row is None:
            continue
        if row.get("parent_id"):
            replies.setdefault(row["parent_id"], []).append(row)
        else:
            roots.append((place, row))
    for place, root in roots:
        yield place, root, _best_thread(root, lambda message: replies.get(message.get("message_id", ""), []))


def _best_thread(prompt: Message, replies: Replies) -> list[Message]:
    """From ``prompt`` on the reply of the best rank, or else the first, each time; up to the last answer."""
    thread, met = [prompt], {id(prompt)}
    while True:
        following = [reply for reply in replies(thread[-1]) if _is_told(reply) and id(reply) not in met]
        if not following:
            break
        thread.append(min(following, key=_rank))
        met.add(id(thread[-1]))
    while thread and thread[-1].get("role") != "assistant":
        thread.pop()
    return thread


def _is_told(reply: Any) -> bool:
    return isinstance(reply, Mapping) and str(reply.get("deleted")).casefold() != "true"


def _rank(reply: Message) -> float:
    rank = reply.get("rank")
    try:
        return math.inf if rank in (None, "") else float(rank)
    except (TypeError, ValueError):
        return math.inf
