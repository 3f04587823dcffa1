"""E-mail as files in the data directory, for a platform without a mail server; names sort by time."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage as ParsedMessage
from email.policy import default
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from trainyard.core.ids import new_id

logger = structlog.get_logger(__name__)

SUFFIX = ".eml"
KEPT = 1_000
LINK = re.compile(r"https?://\S+")
OWNERS_ALONE = 0o600


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A stored e-mail; ``links`` are the URLs in its text."""

    id: str
    to: str
    subject: str
    date: str
    text: str

    @property
    def links(self) -> list[str]:
        return LINK.findall(self.text)


class FileEmailBackend(BaseEmailBackend):
    """Writes each message to ``mail_dir`` and logs it with its links."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently, **kwargs)
        self._directory: Path = settings.ENVIRONMENT.mail_dir

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            mail_id = new_id("mail")
            self._write(mail_id, message.message().as_bytes())
            links = LINK.findall(str(message.body))
            logger.info("mail.written", mail_id=mail_id, to=message.to, subject=message.subject, links=links)
        self._forget_oldest()
        return len(email_messages)

    def _write(self, mail_id: str, content: bytes) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        pending = self._directory / f".{mail_id}"
        descriptor = os.open(pending, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        pending.replace(self._directory / f"{mail_id}{SUFFIX}")

    def _forget_oldest(self) -> None:
        for path in _files(self._directory)[:-KEPT]:
            path.unlink(missing_ok=True)


def stored(*, to: str = "", limit: int = KEPT) -> list[StoredMail]:
    """The mails that were written, newest first; with ``to`` only those to this address."""
    found = []
    for path in reversed(_files(settings.ENVIRONMENT.mail_dir)):
        mail = _read(path)
        if to.lower() in mail.to.lower():
            found.append(mail)
        if len(found) == limit:
            break
    return found


def _files(directory: Path) -> list[Path]:
    """Their ids sort by time."""
    return sorted(directory.glob(f"mail_*{SUFFIX}"))


def _read(path: Path) -> StoredMail:
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, ParsedMessage)  # noqa: S101  by its policy
    body = message.get_body(("plain",))
    return StoredMail(
        id=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        date=str(message["Date"]),
        text=str(body.get_content()) if body else "",
    )
