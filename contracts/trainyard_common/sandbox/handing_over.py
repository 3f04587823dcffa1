"""Changes the owner of root's files to the user of the confined processes. Symbolic links are never followed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from trainyard_common.sandbox.policy import Policy


def hand_over(policy: Policy, *, user: int, group: int) -> None:
    """What is writable becomes ``user``'s; what is readable, and not by everybody, can be read by ``group`` too.

    Raises ``OSError``.
    """
    for root in policy.writable:
        for path in _all_in(root):
            os.chown(path, user, group, follow_symlinks=False)
    for root in policy.readable:
        for path in _all_in(root.resolve()):
            _lend(path, group)


def _all_in(root: Path) -> Iterator[str]:
    yield str(root)
    for directory, directories, files in os.walk(root):
        for name in (*directories, *files):
            yield os.path.join(directory, name)  # noqa: PTH118  many


def _lend(path: str, group: int) -> None:
    about = os.lstat(path)
    wanted = stat.S_IRGRP | stat.S_IXGRP if stat.S_ISDIR(about.st_mode) else stat.S_IRGRP
    is_open = about.st_mode & (wanted >> 3) == wanted >> 3
    if is_open or stat.S_ISLNK(about.st_mode):
        return
    os.chown(path, -1, group, follow_symlinks=False)
    os.chmod(path, stat.S_IMODE(about.st_mode) | wanted)  # noqa: PTH101  no link, as has just been seen
