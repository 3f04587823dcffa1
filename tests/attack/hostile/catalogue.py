"""All hostile uploads."""

from collections.abc import Sequence

from tests.attack.hostile import parquets, pictures, recordings, tables, tars, zips
from tests.attack.hostile.file import HostileFile


def hostile_files() -> Sequence[HostileFile]:
    return [file for source in (zips, tars, pictures, recordings, tables, parquets) for file in source.hostile()]
