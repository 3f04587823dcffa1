"""The first pass over an archive of recordings: what is in it, without decoding a sample."""

from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath

from trainyard_engine.ingest.archives.media_tables import files_of, nothing_found
from trainyard_engine.ingest.archives.proportions import DecodedNumbers
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.audio.decode import (
    KINDS,
    MOST_FRAMES,
    SUPPORTED,
    Heading,
    UnreadableRecording,
    read_heading,
)

SUFFIXES = frozenset(
    {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".m4a", ".aac", ".wma", ".aif", ".aiff", ".au", ".amr"}
)
FASTEST_DEFAULT = 16_000
"""Hz. Speech holds little above half of it."""


def survey(
    request: CompileRequest, log: ProblemLog, *, takes: Callable[[str, bytes], bool] = lambda _name, _content: False
) -> dict[str, Heading]:
    """What each recording says about itself, in the order of names: the order of rows.

    ``takes`` is asked first whether it keeps a file for itself. Raises ``Rejected`` if anything is wrong.
    """
    found: dict[str, Heading] = {}
    samples = DecodedNumbers.samples(request, log)
    longest = request.options.max_seconds or request.limits.recording_seconds
    for name, content in files_of(request, log):
        heading = None if takes(name, content) else _look(name, content, longest, request, log)
        if heading:
            _check(name, heading, longest, request.limits, log)
            samples.add(_samples_decoded(heading))
            found[name] = heading
    log.raise_if_any()
    if not found:
        message = f"The archive holds no recording in {KINDS}."
        log.reject(ProblemCode.NO_RECORDINGS, nothing_found(request, "recording") or message, file=request.filename)
    return dict(sorted(found.items()))


def _samples_decoded(heading: Heading) -> int:
    """How many are read of it, and how many it becomes where that is more; one that claims too many is not decoded."""
    frames = min(heading.frames, MOST_FRAMES)
    return frames * max(heading.channels, FASTEST_DEFAULT // heading.rate if heading.is_supported else 1)


def common_rate(found: dict[str, Heading]) -> int:
    """The rate of most recordings, of two equally common ones the higher, up to ``FASTEST_DEFAULT``."""
    rates = Counter(heading.rate for heading in found.values())
    return min(FASTEST_DEFAULT, max(rates, key=lambda rate: (rates[rate], rate)))


def add_unreadable(name: str, error: UnreadableRecording, log: ProblemLog) -> None:
    message = f"This cannot be read as {KINDS}: {error}. Replace it or leave it out."
    log.add(ProblemCode.UNREADABLE_RECORDING, message, file=name)


def _look(name: str, content: bytes, longest: int, request: CompileRequest, log: ProblemLog) -> Heading | None:
    try:
        return read_heading(content, most_seconds=longest)
    except UnreadableRecording as error:
        if request.media or PurePosixPath(name).suffix.lower() in SUFFIXES:
            add_unreadable(name, error, log)
        else:
            log.note(WarningCode.IGNORED_FILE, "This file is no recording and was left out.", file=name)
        return None


def _check(name: str, heading: Heading, longest: int, limits: IngestLimits, log: ProblemLog) -> None:
    if not heading.is_supported:
        message = f"This has {heading.channels} channels at {heading.rate:,} Hz. Save it with {SUPPORTED}."
        log.add(ProblemCode.UNSUPPORTED_RECORDING, message, file=name)
    elif heading.seconds > longest:
        message = f"This lasts {heading.seconds:,.1f} seconds, more than {longest}. Cut it, or raise max_seconds."
        log.add(ProblemCode.RECORDING_TOO_LONG, message, file=name)
    elif heading.frames > MOST_FRAMES:
        message = f"This has {heading.frames:,} samples, more than {MOST_FRAMES:,}. Cut it, or save it at a lower rate."
        log.add(ProblemCode.RECORDING_TOO_LONG, message, file=name)
    elif heading.seconds < limits.least_recording_seconds:
        message = f"This lasts {heading.seconds:.3f} seconds, too few to hear anything. Replace it or leave it out."
        log.add(ProblemCode.RECORDING_TOO_SHORT, message, file=name)
