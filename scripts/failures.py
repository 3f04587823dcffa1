"""Turns what pip, venv and npm print when they fail into a sentence that says what to do."""

import errno
import re
from pathlib import Path

AGAIN = "then run the same command again."
DISK_FULL = f"the disk is full. Free about 4 GB, {AGAIN}"
NO_PERMISSION = (
    f"there is no permission to write here. Make this directory writable by you (see its owner with ls -ld .), {AGAIN}"
)

NO_VENV = f"this Python 3.11 cannot make virtual environments. Install its venv part (Debian: python3.11-venv), {AGAIN}"
NO_ANSWER = (
    "the package index does not answer. Check the network, and the proxy and index settings of pip (pip config list) "
    f"and npm (npm config list), {AGAIN}"
)
NOT_TRUSTED = f"the package index's certificate is not trusted here. Tell pip and npm which one to trust, {AGAIN}"
NO_SUCH_PACKAGE = (
    "the package index has no {name} for this system. Where that is torch, name an index that has a build for it: "
    "make setup TORCH_INDEX=https://…"
)

ANOTHER_FILE = (
    "the package index gave a file that is not the one that is locked, so it was not installed. Ask whoever runs the "
    f"index, or set another, {AGAIN}"
)

CONNECTION_FAILED = (
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|Name or service not known|"
    r"Temporary failure in name resolution|ProxyError|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT"
)
SENTENCES = (
    (r"No space left on device|ENOSPC|Disk quota exceeded", DISK_FULL),
    (r"Permission denied|EACCES|EROFS|Read-only file system", NO_PERMISSION),
    (r"ensurepip is not available|No module named ensurepip", NO_VENV),
    (r"SSLError|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT", NOT_TRUSTED),
    (r"DO NOT MATCH THE HASHES", ANOTHER_FILE),
    (CONNECTION_FAILED, NO_ANSWER),
    (r"No matching distribution found for (?P<name>\S+)", NO_SUCH_PACKAGE),
)
ERRNO_SENTENCES = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EACCES: NO_PERMISSION,
    errno.EPERM: NO_PERMISSION,
    errno.EROFS: NO_PERMISSION,
}


class SetupFailed(Exception):
    """Set-up cannot go on; the message says why and what to do."""


def explain_output(what: str, output: str, *, log: Path) -> str:
    """The sentence for a step that failed, by what it printed; the end of that where nothing is known."""
    for pattern, sentence in SENTENCES:
        if found := re.search(pattern, output):
            return f"{what}: {sentence.format(**found.groupdict())} (All of its output: {log})"
    tail = "\n".join(f"    {line}" for line in output.strip().splitlines()[-15:])
    return f"{what} failed. The end of its output, all of which is in {log}:\n{tail}"


def explain_error(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return ERRNO_SENTENCES.get(error.errno or 0, f"{error}.") + where
