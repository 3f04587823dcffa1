"""Settings that would contradict the books that the database holds."""

import sys

import structlog
from django.conf import settings
from django.db import DatabaseError

from trainyard.billing.queries import booked_currency
from trainyard.core.tenancy import platform_scope

logger = structlog.get_logger(__name__)


def require_currency() -> None:
    """For servers: ends the process when wallets and prices are in another currency than the settings name.

    Every wallet would be empty, and running jobs without a price. A database that does not answer yet is no reason.
    """
    try:
        with platform_scope():
            booked = booked_currency()
    except DatabaseError as error:
        logger.warning("books.check_failed", error=str(error).partition("\n")[0])
        return
    if booked is not None:
        sys.exit(
            f"TRAINYARD_CURRENCY is {settings.ENVIRONMENT.currency}, but the books of this platform are kept in "
            f"{booked}. Set it to {booked} again: amounts cannot be converted afterwards."
        )
