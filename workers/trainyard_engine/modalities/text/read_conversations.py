"""Compiles conversations, or answers that were preferred, into ``text.npy`` and ``text_offsets.npy``, a JSON a row."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from trainyard_engine.ingest.formats import HEAD_SIZE, READABLE_TABLES, Format, tell_format
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.json_objects import Row, RowPosition, parts_file, rows_of_objects, write_part
from trainyard_engine.modalities.text.chat_checks import problems_of
from trainyard_engine.modalities.text.chat_forms import FORMS, ChatForm, NotAConversation, form_of, hint_for
from trainyard_engine.modalities.text.chat_trees import with_threads
from trainyard_engine.modalities.text.conversations import Conversation, estimated_tokens, learnt_messages
from trainyard_engine.modalities.text.output import TextFiles
from trainyard_spec.datasets import CompiledDataset, ConversationProfile
from trainyard_spec.tasks import Task

LENGTHS = (512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768)
"""Tokens, by which longer conversations are counted."""


@dataclass
class ChatFacts:
    """Running facts about the conversations as they are stored."""

    form: ChatForm | None = None
    rows: int = 0
    size: int = 0
    messages: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    longest: int = 0
    with_tools: int = 0
    longer: dict[int, int] = field(default_factory=lambda: dict.fromkeys(LENGTHS, 0))

    def add(self, conversation: Conversation, size: int) -> None:
        said = list(conversation.all_messages())
        tokens = estimated_tokens(said)
        self.rows += 1
        self.size += size
        self.messages += len(said)
        self.tokens += tokens
        self.trained_tokens += estimated_tokens(learnt_messages(conversation))
        self.longest = max(self.longest, tokens)
        self.with_tools += bool(conversation.tools)
        for length in LENGTHS:
            self.longer[length] += tokens > length

    def profile(self, split: str | None) -> ConversationProfile:
        assert self.form is not None  # noqa: S101  there are rows
        return ConversationProfile(
            form=self.form.name,
            messages=self.messages,
            tokens=self.tokens,
            trained_tokens=self.trained_tokens,
            longest=self.longest,
            mean=self.tokens / self.rows,
            longer_than={str(length): count for length, count in self.longer.items() if count},
            with_tools=self.with_tools,
            split_by={"split": split} if split else {},
        )


def compile_conversations(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes the arrays into ``directory``. Raises ``Rejected`` when ``log`` holds problems."""
    facts, option = ChatFacts(), request.options.split
    with ExitStack() as stack:
        files = stack.enter_context(TextFiles(directory))
        parts = stack.enter_context(parts_file(directory)) if option else None
        files.offsets.write(0, np.zeros(1))
        for place, row in _rows(request, log):
            conversation = _conversation(row, place, facts, request, log) if row is not None else None
            if parts and row is not None:
                write_part(parts, row, place, request.options.split, log)
            if conversation is None or log.problems:
                continue
            content = conversation.to_json().encode()
            files.text.write(facts.size, np.frombuffer(content, dtype=np.uint8))
            facts.add(conversation, len(content))
            files.offsets.write(facts.rows, np.array([facts.size]))
            if facts.size > request.limits.compiled_size:
                message = f"The conversations take more than {request.limits.compiled_size:,} bytes. Use fewer."
                log.reject(ProblemCode.DATASET_TOO_LARGE, message, file=request.filename)
        log.raise_if_any()
        if facts.rows < request.limits.least_rows:
            message = f"The file has {facts.rows} conversations; at least {request.limits.least_rows} are needed."
            log.reject(ProblemCode.TOO_FEW_ROWS, message, file=request.filename)
        written = (*files.finish(), *((parts.finish(),) if parts else ()))
    return CompiledDataset(
        task=request.task,
        rows=facts.rows,
        profile=facts.profile(option),
        files=written,
        warnings=tuple(log.warnings),
    )


def _rows(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    rows = rows_of_objects(request, log, _format(request, log))
    return with_threads(rows, request, log) if request.task == Task.INSTRUCTION_TUNING else rows


def _format(request: CompileRequest, log: ProblemLog) -> Format:
    """Raises ``Rejected`` for one that is not read."""
    with request.source.open("rb") as file:
        found = tell_format(file.read(HEAD_SIZE), filename=request.filename)
    is_text = found is Format.CSV and not request.filename.lower().endswith((".csv", ".tsv"))
    if is_text or found not in READABLE_TABLES:
        message = f"The file is {'plain text, or CSV not called .csv' if is_text else found}. Conversations come"
        message += " as JSON lines, an object each, as one JSON array, or as a table (.csv or .parquet)."
        log.reject(ProblemCode.NOT_CONVERSATIONS, message, file=request.filename)
    return found


def _conversation(
    row: dict[str, Any], at: RowPosition, facts: ChatFacts, request: CompileRequest, log: ProblemLog
) -> Conversation | None:
    """Conversation of a row; ``None``, and problems, where there is none to learn from."""

    def problem(code: ProblemCode, message: str, place: str | None = None) -> None:
        at.add(log, code, message, column=place)

    form = form_of(row)
    if form is None or form.task != request.task:
        wanted = " or ".join(", ".join(sorted(known.keys)) for known in FORMS if known.task == request.task)
        is_other = f" It is for the task {form.task}." if form else hint_for(row)
        problem(ProblemCode.UNKNOWN_CONVERSATION, f"The object has not the keys {wanted}.{is_other}")
        return None
    facts.form = facts.form or form
    if form.name != facts.form.name:
        problem(ProblemCode.MIXED_FORMS, f"This row is in the form {form.name}, and the first in {facts.form.name}.")
        return None
    try:
        conversation = form.read(row)
    except NotAConversation as error:
        problem(ProblemCode.MALFORMED_CONVERSATION, f"{error.place or 'The row'} {error}.", error.place)
        return None
    found = list(problems_of(conversation))
    for code, message, place in found:
        problem(code, message, place)
    return None if found else conversation
