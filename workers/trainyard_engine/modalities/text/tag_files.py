"""The arrays of tagged texts: gathered row by row, and their tags brought to one scheme at the end."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.text.output import TextFiles
from trainyard_engine.modalities.text.tag_columns import TaggedText
from trainyard_engine.modalities.text.tags import NAMED_TAG, OUTSIDE, TagSet, as_bioes, parted, scheme_of, tag_order
from trainyard_spec.files import FileEntry
from trainyard_spec.tagged_texts import TagForm, TagScheme, TokenProfile

ROWS_AT_ONCE = 4096
MOST_LISTED = 5
Numbers = npt.NDArray[np.int64]
Part = tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]
"""Tags of texts one after the other, and which of them are first."""


class StoredTags(NamedTuple):
    """The tags of all rows as they are stored. ``counts`` are the tokens of a class, ``entities`` those of a type."""

    classes: tuple[str, ...]
    counts: tuple[int, ...]
    scheme: TagScheme
    entities: dict[str, int]
    stray: int
    files: tuple[FileEntry, ...]


@dataclass
class TagFacts:
    """Running facts about the rows that are stored."""

    form: TagForm | None = None
    is_numbered: bool | None = None
    """Whether the tags are numbers, as the first row has them."""
    rows: int = 0
    words: int = 0
    shortest: int = 0
    longest: int = 0
    widened: int = 0

    def add(self, row: TaggedText) -> None:
        words = len(row.words)
        self.shortest = min(self.shortest, words) if self.rows else words
        self.longest = max(self.longest, words)
        self.rows += 1
        self.words += words
        self.widened += row.widened

    def profile(self, tags: StoredTags, *, split: str | None) -> TokenProfile:
        assert self.form is not None  # noqa: S101  there are rows
        return TokenProfile(
            form=self.form,
            scheme=tags.scheme,
            tokens=self.words,
            shortest=self.shortest,
            longest=self.longest,
            mean=self.words / self.rows,
            entities=tags.entities,
            stray=tags.stray,
            widened=self.widened,
            split_by={"split": split} if split else {},
        )


@dataclass
class _Gathered:
    """Rows that are not yet written."""

    words: list[bytes] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)


class TagFiles:
    """``word.npy`` and ``tag.npy`` with their offsets. ``names`` are the tags so far, by provisional numbers."""

    def __init__(self, directory: Path) -> None:
        self.names: dict[str, int] = {}
        self.size = 0
        """Bytes of all words."""
        self._words = TextFiles(directory, "word")
        self._tags = NpyFile(directory / "tag.npy", dtype=np.int32, shape=(0,))
        self._offsets = NpyFile(directory / "tag_offsets.npy", dtype=np.int64, shape=(1,))
        self._spool = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115  closed below
        self._lengths: list[Numbers] = []
        self._rows = self._count = 0
        self._gathered = _Gathered()

    @property
    def stored(self) -> int:
        """Bytes of all arrays that are written."""
        return self.size + 12 * self._count + 8 * self._rows

    def add(self, row: TaggedText) -> None:
        gathered = self._gathered
        gathered.words += [word.encode() for word in row.words]
        gathered.tags += [self.names.setdefault(tag, len(self.names)) for tag in row.tags]
        gathered.lengths.append(len(row.words))
        if len(gathered.lengths) >= ROWS_AT_ONCE:
            self._flush()

    def finish(self, facts: TagFacts, request: CompileRequest, log: ProblemLog) -> StoredTags:
        """Writes the tags in their final form. Raises ``Rejected`` where there is nothing to tell apart."""
        self._flush()
        scheme = self._scheme(facts)
        classes, numbers = self._classes(scheme)
        final = TagSet(classes, is_plain=scheme == "plain")
        counts, entities, stray, at = np.zeros(len(classes), dtype=np.int64), Counter[str](), 0, 0
        for tags, first in self._parts():
            stored = self._converted(tags, first, scheme, numbers, classes)
            self._tags.write(at, stored)
            at += len(stored)
            counts += np.bincount(stored, minlength=len(classes))
            kinds = np.bincount(final.entities(stored, first).kind, minlength=len(final.types))
            entities.update(dict(zip(final.types, kinds.tolist(), strict=True)))
            stray += int(final.strays(stored, first).sum())
        found = StoredTags(
            classes=classes,
            counts=tuple(counts.tolist()),
            scheme=scheme,
            entities=dict(entities),
            stray=stray,
            files=(*self._words.finish(), self._tags.finish(), self._offsets.finish()),
        )
        _note(found, facts, request, log)
        return found

    def _flush(self) -> None:
        words, tags, lengths = self._gathered.words, self._gathered.tags, self._gathered.lengths
        ends = np.cumsum([len(word) for word in words], dtype=np.int64)
        self._words.text.write(self.size, np.frombuffer(b"".join(words), dtype=np.uint8))
        self._words.offsets.write(self._count + 1, self.size + ends)
        self._offsets.write(self._rows + 1, self._count + np.cumsum(lengths, dtype=np.int64))
        self._spool.write(np.array(tags, dtype=np.int32).data)
        self._lengths.append(np.array(lengths, dtype=np.int64))
        self.size += int(ends[-1]) if len(ends) else 0
        self._count += len(words)
        self._rows += len(lengths)
        self._gathered = _Gathered()

    def _parts(self) -> Iterator[Part]:
        """The tags of all rows by their provisional numbers, some rows at a time."""
        self._spool.seek(0)
        for lengths in self._lengths:
            tags = np.frombuffer(self._spool.read(4 * int(lengths.sum())), dtype=np.int32)
            first = np.zeros(len(tags), dtype=np.bool_)
            first[np.cumsum(lengths) - lengths] = True
            yield tags, first

    def _scheme(self, facts: TagFacts) -> TagScheme:
        """Tags of B- and I- are iob1 where B- only parts two entities of a type, and others begin with I-."""
        if facts.form == "letters":
            return "plain"
        scheme = scheme_of(list(self.names))
        if scheme != "iob2":
            return scheme
        given = TagSet(tuple(self.names))
        strays = others = 0
        for tags, first in self._parts():
            strays += int(given.strays(tags, first).sum())
            others += int((given.begins(tags) & ~given.separators(tags, first)).sum())
        return "iob1" if strays and not others else "iob2"

    def _classes(self, scheme: TagScheme) -> tuple[tuple[str, ...], npt.NDArray[np.int32]]:
        """The tags that are stored, and the number of each by its provisional one, int32 (names,)."""
        names = [as_bioes(name) if scheme == "bilou" else name for name in self.names]
        known = set(names)
        if scheme == "iob1":
            known |= {_beginning(name) for name in names if parted(name)[0] == "I"}
        classes = tuple(sorted(known) if scheme == "plain" else sorted(known, key=tag_order))
        return classes, np.array([classes.index(name) for name in names], dtype=np.int32)

    def _converted(
        self,
        tags: npt.NDArray[np.int32],
        first: npt.NDArray[np.bool_],
        scheme: TagScheme,
        numbers: npt.NDArray[np.int32],
        classes: tuple[str, ...],
    ) -> npt.NDArray[np.int32]:
        stored = numbers[tags]
        if scheme != "iob1":
            return stored
        begun = {name: _beginning(name) for name in classes if parted(name)[0] == "I"}
        beginnings = np.array([classes.index(begun.get(name, name)) for name in classes], dtype=np.int32)
        return np.where(TagSet(classes).strays(stored, first), beginnings[stored], stored)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._spool.close()
        for file in (self._words, self._tags, self._offsets):
            file.__exit__(kind, error, at)


def _beginning(tag: str) -> str:
    """B- of the type of ``tag``, an I-."""
    return f"B{tag[1:]}"


def _note(found: StoredTags, facts: TagFacts, request: CompileRequest, log: ProblemLog) -> None:
    """Warnings of what was read otherwise than it stands. Raises ``Rejected`` for a single tag."""
    if len(found.classes) < 2:
        message = f"Every token has the tag {found.classes[0]}: there is nothing to tell apart."
        log.reject(ProblemCode.ONE_CLASS, message, file=request.filename)
    if found.scheme in ("iob1", "bilou"):
        became = "IOB2" if found.scheme == "iob1" else "BIOES"
        message = f"The tags are {found.scheme.upper()} and were written as {became}, which marks the same entities."
        log.note(WarningCode.CONVERTED_TAGS, message, file=request.filename)
    if found.stray:
        message = f"{found.stray:,} entities begin with an I- tag behind none of their type; each counts as an entity."
        log.note(WarningCode.STRAY_TAGS, message, file=request.filename)
    if found.scheme == "plain" and facts.form != "letters":
        _note_plain(found.classes, request, log, is_numbered=facts.is_numbered is True)
    if facts.widened:
        message = f"{facts.widened:,} spans begin or end within a word, and stand for the whole of it."
        log.note(WarningCode.WIDENED_SPANS, message, file=request.filename)


def _note_plain(classes: Sequence[str], request: CompileRequest, log: ProblemLog, *, is_numbered: bool) -> None:
    """A warning where only some tags are such as mark entities: one heading of a column is enough for that."""
    if is_numbered:
        message = "The tags are numbers, and what they are called is not known: each is judged by itself. Write names,"
        message += " such as O and B-PER, to have entities judged."
        log.note(WarningCode.PLAIN_TAGS, message, file=request.filename)
    marking = [tag for tag in classes if NAMED_TAG.fullmatch(tag)]
    if not marking:
        return
    others = [tag for tag in classes if tag != OUTSIDE and tag not in marking]
    listed = ", ".join(tag[:20] for tag in others[:MOST_LISTED]) + (", …" if len(others) > MOST_LISTED else "")
    why = f"{listed} do not" if others else "the tags are of no one scheme"
    message = f"Tags such as {marking[0][:20]} mark entities, but {why}: each is judged by itself, without entities."
    log.note(WarningCode.PLAIN_TAGS, message, file=request.filename)
