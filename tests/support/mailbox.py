"""What a platform that runs for a test has mailed: files in its data directory."""

import re
from email import message_from_bytes
from email.policy import default

from tests.support.embedded import Embedded
from tests.support.waiting import wait_for


def link_to(platform: Embedded, address: str, place: str) -> str:
    """The path of the newest link to ``place`` in a mail to ``address``."""

    def found() -> str | None:
        for path in sorted((platform.data_dir / "mail").glob("*.eml"), reverse=True):
            message = message_from_bytes(path.read_bytes(), policy=default)
            body = message.get_body(("plain",))
            match = re.search(rf"https?://[^/]+(/{place}/\S+)", body.get_content() if body else "")
            if message["To"] == address and match:
                return match[1]
        return None

    return wait_for(found)
