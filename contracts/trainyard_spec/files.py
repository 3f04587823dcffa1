"""Files addressed by their content."""

import errno

from pydantic import Field

from trainyard_spec.base import Step, WireModel

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of the operating system that pass once somebody makes room."""


class FileEntry(WireModel):
    """One file of a manifest: a name without directories, its size in bytes and the hex SHA-256 of its content."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")
    bytes: Step
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
