"""Sends e-mail after the commit: none about rolled back changes, and no transaction waits for a mail server."""

from functools import partial
from smtplib import SMTPException

import structlog
from django.core.mail import EmailMessage
from django.db import transaction

from trainyard.core.errors import TrainyardError

logger = structlog.get_logger(__name__)


class MailUnavailable(TrainyardError):
    """The mail server did not accept the e-mail; the action itself was completed."""

    status = 503
    code = "mail_unavailable"


def send(message: EmailMessage) -> None:
    """Sends ``message`` once the surrounding transaction commits. Raises ``MailUnavailable`` after it."""
    transaction.on_commit(partial(_send, message))


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except (SMTPException, OSError) as error:
        logger.error("mail.failed", to=message.to, subject=message.subject, error=str(error))
        raise MailUnavailable(
            "The e-mail could not be sent.",
            hint="Ask for it again in a few minutes; nothing else is lost.",
            retry_after_seconds=60,
        ) from error
