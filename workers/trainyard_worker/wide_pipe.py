"""Pipe with a large buffer for a training's messages, because waiting for a busy worker would be billed training time.

Source: https://man7.org/linux/man-pages/man7/pipe.7.html, ``F_SETPIPE_SZ``; the default is 64 KiB.
"""

import fcntl
import os
from contextlib import suppress

PIPE_BYTES = 1 << 20
"""As much as Linux lets anyone have, unless it was set up otherwise: some ten thousand steps' metrics."""


def wide_pipe() -> tuple[int, int]:
    """The read end and the write end. Where the kernel grants no more, it is as wide as any."""
    reader, writer = os.pipe()
    with suppress(OSError, AttributeError):  # a user may have no more of them, and only Linux has the call
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return reader, writer
