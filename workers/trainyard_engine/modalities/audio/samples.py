"""The second pass over an archive of recordings: samples into ``audio.npy``, where they begin into
``audio_offsets.npy``."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from trainyard_engine.core.memory_budget import BoundedRoom, Room
from trainyard_engine.ingest.archives.decoding import decode_all
from trainyard_engine.ingest.archives.media_tables import files_of
from trainyard_engine.ingest.limits import DECODING_BYTES
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.audio.decode import Heading, Samples, UnreadableRecording, to_samples
from trainyard_engine.modalities.audio.survey import add_unreadable, common_rate
from trainyard_spec.datasets import RecordingProfile
from trainyard_spec.files import FileEntry

SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class SampleLayout:
    """``begins`` are where each recording's samples begin, in the order of rows, and where the last one ends."""

    found: dict[str, Heading]
    rate: int
    begins: tuple[int, ...]

    def profile(self, *, split_by: dict[str, str], alphabet: tuple[str, ...] = ()) -> RecordingProfile:
        seconds = np.diff(self.begins) / self.rate
        return RecordingProfile(
            sample_rate=self.rate,
            shortest=seconds.min(),
            longest=seconds.max(),
            mean=seconds.mean(),
            resampled=sum(heading.rate != self.rate for heading in self.found.values()),
            mixed=sum(heading.channels > 1 for heading in self.found.values()),
            alphabet=alphabet,
            split_by=split_by,
        )


def planned(request: CompileRequest, found: dict[str, Heading], log: ProblemLog) -> SampleLayout:
    """Raises ``Rejected`` when the samples would take too much room."""
    rate = request.options.sample_rate or common_rate(found)
    lengths = [heading.samples_at(rate) for heading in found.values()]
    plan = SampleLayout(found=found, rate=rate, begins=tuple(np.cumsum([0, *lengths]).tolist()))
    size = plan.begins[-1] * SAMPLE_BYTES
    if size > request.limits.compiled_size:
        message = (
            f"The samples would take {size:,} bytes; {request.limits.compiled_size:,} are allowed. Set a lower"
            " sample_rate, or use fewer recordings."
        )
        log.reject(ProblemCode.DATASET_TOO_LARGE, message, file=request.filename)
    return plan


def write_recordings(
    request: CompileRequest, plan: SampleLayout, directory: Path, log: ProblemLog
) -> tuple[FileEntry, ...]:
    """Raises ``Rejected`` when one of them turns out to be damaged."""
    begin = dict(zip(plan.found, plan.begins, strict=False))
    with (
        NpyFile(directory / "audio.npy", dtype=np.int16, shape=(plan.begins[-1],)) as audio,
        NpyFile(directory / "audio_offsets.npy", dtype=np.int64, shape=(len(plan.begins),)) as offsets,
    ):
        offsets.write(0, np.array(plan.begins))
        decoded_files = decode_all(
            ((name, content) for name, content in files_of(request, log) if name in begin),
            partial(_decode, rate=plan.rate, room=BoundedRoom(DECODING_BYTES)),
            decoded_size=lambda name: plan.found[name].samples_at(plan.rate) * SAMPLE_BYTES,
        )
        for name, decoded in decoded_files:
            if isinstance(decoded, UnreadableRecording):
                add_unreadable(name, decoded, log)
            else:
                audio.write(begin[name], decoded)
        log.raise_if_any()
        return audio.finish(), offsets.finish()


def _decode(content: bytes, *, rate: int, room: Room) -> Samples | UnreadableRecording:
    try:
        return to_samples(content, rate=rate, room=room)
    except UnreadableRecording as error:
        return error
