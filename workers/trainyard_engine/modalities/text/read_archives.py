"""Texts from an archive of class folders, one .txt file each."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from trainyard_engine.ingest.archives.archived_files import archived_files
from trainyard_engine.ingest.archives.class_folders import classes_by_folder
from trainyard_engine.ingest.encodings import UnknownEncoding, as_utf8, warning
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.text.output import TextFacts, TextFiles, check_size, clipped, described
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.files import FileEntry


def compile_text_archive(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the order of the files' names. Raises ``Rejected`` when ``log`` holds problems."""
    options = request.options
    used = (options.text, options.target, options.targets, options.label_separator, options.time, options.group)
    if any(option is not None for option in used):
        message = (
            "The texts of an archive are its files, and their folders the classes: leave out text, target, targets,"
            " label_separator, time and group."
        )
        log.reject(ProblemCode.OPTION_NOT_USED, message, file=request.filename)
    texts = survey_texts(request, log)
    folders = classes_by_folder(sorted(texts), thing="text", request=request, log=log)
    texts = {name: texts[name] for name in folders.names}
    facts = facts_of(texts)
    check_size(facts, request, log)
    files = write_texts(request, texts, directory, log)
    profile = facts.profile().model_copy(update={"split_by": folders.split_by})
    files = (*files, *folders.write(directory))
    return described(request, profile, facts.rows, folders.classes, folders.counts, files, log)


class StoredText(NamedTuple):
    """Facts of a text as it is stored: how many characters and bytes, and whether it was cut."""

    characters: int
    size: int
    truncated: bool


def facts_of(texts: Mapping[str, StoredText]) -> TextFacts:
    """Facts of all texts together."""
    facts, stored = TextFacts(), texts.values()
    facts.add(
        np.array([text.characters for text in stored], dtype=np.int64),
        size=sum(text.size for text in stored),
        truncated=sum(text.truncated for text in stored),
    )
    return facts


def survey_texts(request: CompileRequest, log: ProblemLog) -> dict[str, StoredText]:
    """The first pass: what is stored of each text, by name. Raises ``Rejected`` when there is none."""
    found: dict[str, StoredText] = {}
    for name, content in _archived(request, log):
        if not _is_text_file(name):
            log.note(WarningCode.IGNORED_FILE, "This is not a .txt file and was left out.", file=name)
            continue
        text = _checked(name, content, log)
        if text is None:
            continue
        stored = clipped(text, request.limits)
        found[name] = StoredText(len(stored.decode()), len(stored), len(stored) < len(text))
    log.raise_if_any()
    if not found:
        message = "The archive holds no .txt file. Pack the texts as files whose names end in .txt."
        log.reject(ProblemCode.NO_TEXTS, message, file=request.filename)
    return found


def _checked(name: str, content: bytes, log: ProblemLog) -> bytes | None:
    try:
        text, encoding = as_utf8(content)
    except UnknownEncoding as error:
        log.add(ProblemCode.ENCODING, str(error), file=name)
        return None
    if b"\0" in text:
        message = "The text holds a NUL character. Leave it out: the file may not be a text."
        log.add(ProblemCode.NUL_CHARACTER, message, file=name)
        return None
    if not text.decode().strip():
        log.add(ProblemCode.TEXT_MISSING, "The file is empty. Fill it in or leave it out.", file=name)
        return None
    if encoding.sample:
        log.note(WarningCode.ENCODING_ASSUMED, warning(encoding), file=name)
    return text


def write_texts(
    request: CompileRequest, texts: Mapping[str, StoredText], directory: Path, log: ProblemLog
) -> tuple[FileEntry, ...]:
    """The second pass: files come in the archive's order and are written in that of ``texts``."""
    offsets = np.cumsum([0, *(text.size for text in texts.values())])
    begin = dict(zip(texts, offsets.tolist(), strict=False))
    with TextFiles(directory, rows=len(texts), size=int(offsets[-1])) as files:
        files.offsets.write(0, offsets)
        for name, content in _archived(request, log):
            if name in begin:
                stored = clipped(as_utf8(content)[0], request.limits)
                files.text.write(begin[name], np.frombuffer(stored, dtype=np.uint8))
        log.raise_if_any()
        return files.finish()


def _archived(request: CompileRequest, log: ProblemLog) -> Iterator[tuple[str, bytes]]:
    return archived_files(request.source, filename=request.filename, log=log, limits=request.limits)


def _is_text_file(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() == ".txt"
