"""Zip files and CSV tables that are the same bytes each time."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence

FIRST_MOMENT_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def zip_of(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of ``files``, name and content, in their order, without the time of the day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, FIRST_MOMENT_OF_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def csv_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV table as UTF-8 with ``header``; ``None`` is an empty cell."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def numbered(label: str, ending: str, contents: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """``contents`` as files of the folder ``label``."""
    for number, content in enumerate(contents, 1):
        yield f"{label}/{number:03d}.{ending}", content
