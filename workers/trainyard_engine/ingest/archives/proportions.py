"""Limits of what an archive's files may decode to, in proportion to its bytes: a few can hold hours of work."""

from dataclasses import dataclass, field

from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest

PIXELS_FREE = 400_000_000
PIXELS_PER_BYTE = 200
"""A scanned page in black and white has 160 of them for each byte, a photograph ten."""
SAMPLES_FREE = 300_000_000
SAMPLES_PER_BYTE = 100
"""Speech at 6 kbit/s, heard at 48 kHz, has 64 of them for each byte."""


@dataclass
class DecodedNumbers:
    """Counts ``things`` such as pixels, which cost the same each, over all files of the archive of ``request``."""

    request: CompileRequest
    things: str
    free: int
    per_byte: int
    log: ProblemLog
    _counted: int = field(default=0, init=False)

    @classmethod
    def pixels(cls, request: CompileRequest, log: ProblemLog) -> "DecodedNumbers":
        return cls(request, "pixels", PIXELS_FREE, PIXELS_PER_BYTE, log)

    @classmethod
    def samples(cls, request: CompileRequest, log: ProblemLog) -> "DecodedNumbers":
        return cls(request, "samples", SAMPLES_FREE, SAMPLES_PER_BYTE, log)

    def add(self, count: int) -> None:
        """Counts one file, before it is decoded. Raises ``Rejected`` once they are too many for the archive's size."""
        self._counted += count
        size = self.request.source.stat().st_size
        most = self.free + self.per_byte * size
        if self._counted > most:
            message = (
                f"The files would be decoded to more than {most:,} {self.things}, too many for an archive of"
                f" {size:,} bytes. Scale them down, or split the data."
            )
            self.log.reject(ProblemCode.ARCHIVE_BOMB, message, file=self.request.filename)
