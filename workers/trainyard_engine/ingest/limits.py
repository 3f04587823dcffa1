"""Every number that bounds what a file may ask of the compiler."""

from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30
IMAGE_PIXELS = 40_000_000
"""Of one picture, for datasets and predictions alike."""
JPEG_SCANS = 100
"""Of one picture. Encoders write ten; every further one goes over all its pixels again for a few bytes."""
SCANNED_PIXELS = 16 * IMAGE_PIXELS
"""Pixels times scans of one picture."""
DECODING_BYTES = 256 * MIB
"""Which the pictures or recordings that are being decoded at once may take; a larger one is decoded alone."""


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """Sizes are bytes unless the name says otherwise."""

    archive_files: int = 500_000
    archive_file_size: int = 64 * MIB
    unpacked_size: int = 64 * GIB
    unpacked_ratio: int = 200
    """An archive larger than ``ratio_exempt_size`` when unpacked may not be this many times its packed size."""
    ratio_exempt_size: int = 16 * MIB
    image_pixels: int = IMAGE_PIXELS
    image_side: int = 512
    """Pixels; images of a larger common size are scaled down to it."""
    row_group_size: int = GIB
    """Of a Parquet file, unpacked: the part that is read at once."""
    columns: int = 10_000
    header_size: int = MIB
    row_size: int = MIB
    text_size: int = 64 * 1024
    """Of one text; what is beyond is cut off. A network reads at most 4,096 tokens."""
    recording_seconds: int = 60
    """Unless the option max_seconds says otherwise."""
    least_recording_seconds: float = 0.05
    characters: int = 5_000
    """Different ones in all transcripts: each is an output of the network at every frame."""
    categories: int = 256
    """A text column with more distinct values, or with as many as half its rows, is dropped."""
    classes: int = 10_000
    label_characters: int = 200
    label_sets: int = 100_000
    """Different sets of labels that rows have; of ``label_set_characters`` with what stands between them."""
    label_set_characters: int = 5_000
    numeric_share: float = 0.9
    """A column is numeric when at least this share of the cells that hold something are numbers."""
    interactions: int = 20_000_000
    """Rows of a table of interactions, which is held in memory."""
    ids: int = 2_000_000
    """Different users, and different items."""
    least_ids: int = 2
    least_second_interactions: int = 2
    """Beyond the first of each user, which is trained on: one to validate and one to test."""
    least_rows: int = 10
    least_rows_per_class: int = 3
    """A stratified split puts one row of every class into each of its three parts."""
    words: int = 10_000
    """Of one text that is tagged word by word."""
    groups: int = 1_000_000
    """Different values of a column that says which series, or which group, a row belongs to."""
    least_steps: int = 10
    """Of each series that is to be forecast."""
    compiled_size: int = 32 * GIB
    problems_listed: int = 100

    def most_labels(self, *, are_sets: bool) -> tuple[int, int]:
        """How many different values a target of classes, or of sets of labels, may have, and of what length."""
        return (self.label_sets, self.label_set_characters) if are_sets else (self.classes, self.label_characters)
