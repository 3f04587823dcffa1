"""Compiles conversations, or answers that were preferred, into ``text.npy`` and ``text_offsets.npy``, a JSON a row."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from trainyard_engine.ingest.encodings import UnknownEncoding, open_as_utf8, warning
from trainyard_engine.ingest.formats import HEAD_SIZE, Format, tell_format
from trainyard_engine.ingest.json_array import DamagedArray, array_items
from trainyard_engine.ingest.jsonl_source import NUL
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import part_of
from trainyard_engine.modalities.text.chat_checks import problems_of
from trainyard_engine.modalities.text.chat_forms import FORMS, ChatForm, NotAConversation, form_of
from trainyard_engine.modalities.text.conversations import Conversation, estimated_tokens, learnt_messages
from trainyard_engine.modalities.text.output import TextFiles
from trainyard_spec.datasets import PARTS, CompiledDataset, ConversationProfile
from trainyard_spec.json_objects import with_distinct_keys

LENGTHS = (512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768)
"""Tokens, by which longer conversations are counted."""


Row = tuple[int, dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: ``line`` counts all lines from 1, or the entries of an array, and ``row`` the rows."""

    file: str
    line: int
    row: int
    unit: str = "Line"

    def add(self, log: ProblemLog, code: ProblemCode, message: str, *, column: str | None = None) -> None:
        log.add(code, f"{self.unit} {self.line}: {message}", file=self.file, row=self.row, column=column or None)


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
        parts = stack.enter_context(_parts_file(directory)) if option else None
        files.offsets.write(0, np.zeros(1))
        for number, (line, row) in enumerate(_rows(request, log), start=1):
            place = Place(request.filename, line, number)
            conversation = _conversation(row, place, facts, request, log) if row is not None else None
            if parts and row is not None:
                _write_part(parts, row, place, request.options.split, log)
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


def _conversation(
    row: dict[str, Any], at: Place, facts: ChatFacts, request: CompileRequest, log: ProblemLog
) -> Conversation | None:
    """That of a row; ``None``, and problems, where there is none to learn from."""

    def problem(code: ProblemCode, message: str, place: str | None = None) -> None:
        at.add(log, code, message, column=place)

    form = form_of(row)
    if form is None or form.task != request.task:
        wanted = " or ".join(", ".join(sorted(known.keys)) for known in FORMS if known.task == request.task)
        is_other = f" It is for the task {form.task}." if form else ""
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


def _parts_file(directory: Path) -> NpyFile:
    return NpyFile(directory / "split_split.npy", dtype=np.float64, shape=(0,))


def _write_part(file: NpyFile, row: dict[str, Any], at: Place, key: str | None, log: ProblemLog) -> None:
    said = row.get(key or "")
    part = part_of(said) if isinstance(said, str) else None
    if part is None:
        at.add(log, ProblemCode.SPLIT_UNREADABLE, f"The part is none of {', '.join(PARTS)}.", column=key)
        return
    file.write(at.row - 1, np.array([part], dtype=np.float64))


def _rows(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    """The objects of the file, by their lines; ``None``, and a problem, for one that is none. Raises ``Rejected``."""
    with request.source.open("rb") as file:
        found = tell_format(file.read(HEAD_SIZE), filename=request.filename)
    if found is Format.JSON_ARRAY:
        yield from _rows_of_array(request, log)
    elif found is Format.JSONL:
        yield from _rows_of_lines(request, log)
    else:
        message = f"The file is {found}. Conversations come as JSON lines, an object each, or as one JSON array."
        log.reject(ProblemCode.NOT_CONVERSATIONS, message, file=request.filename)


def _rows_of_lines(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    longest, number, row = request.limits.row_size, 0, 0
    try:
        file, encoding = open_as_utf8(request.source)
        if encoding.sample:
            log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=request.filename)
        with file:
            while line := file.readline(longest + 1):
                number += 1
                if len(line) > longest:
                    message = f"Line {number} is longer than {longest:,} bytes. Put one object into each line."
                    log.reject(ProblemCode.MALFORMED_TABLE, message, file=request.filename, row=row + 1)
                if line.strip():
                    row += 1
                    yield number, _parsed(line, Place(request.filename, number, row), log)
    except UnknownEncoding as error:
        log.reject(ProblemCode.ENCODING, str(error), file=request.filename)


def _rows_of_array(request: CompileRequest, log: ProblemLog) -> Iterator[Row]:
    try:
        with request.source.open(encoding="utf-8-sig", newline="") as file:
            for number, item in enumerate(array_items(file, longest=request.limits.row_size), start=1):
                yield number, _parsed(item.encode(), Place(request.filename, number, number, "Entry"), log)
    except UnicodeDecodeError:
        message = "The file is not UTF-8 text. Save it in the encoding UTF-8."
        log.reject(ProblemCode.ENCODING, message, file=request.filename)
    except DamagedArray as error:
        message = f"The JSON array cannot be read beyond entry {error.items:,}: {error}."
        log.reject(ProblemCode.INVALID_JSON, message, file=request.filename)


def _parsed(line: bytes, at: Place, log: ProblemLog) -> dict[str, Any] | None:
    try:
        row = json.loads(line, object_pairs_hook=with_distinct_keys)
        json.dumps(row, ensure_ascii=False).encode()  # an escape can stand for half a character
        if NUL.search(line.decode()):
            raise ValueError("a text holds \\u0000, the NUL character")
        if isinstance(row, dict):
            return row
        reason = "it is not an object"
    except (ValueError, RecursionError) as error:
        reason = str(error)
    at.add(log, ProblemCode.INVALID_JSON, f"This is not one JSON object ({reason}).")
    return None
