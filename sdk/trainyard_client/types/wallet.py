"""Answers about wallet. Written by ``scripts/client_types.py``."""

from decimal import Decimal

from trainyard_client.types.answer import Answer


class Wallet(Answer):
    available: Decimal
    """May be spent."""
    held: Decimal
    """Reserved by jobs."""
    spent: Decimal
    """Used so far."""
    currency: str
