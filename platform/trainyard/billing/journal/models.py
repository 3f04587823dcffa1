"""Hash chain of billing facts, one per organization."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH
from trainyard.core.tenancy import TenantModel

HASH_CHARACTERS = 64


class JournalHead(TenantModel):
    """Length and last hash of one organization's journal."""

    organization = models.OneToOneField(
        "tenants.Organization", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    length = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=HASH_CHARACTERS, blank=True)


class JournalEntry(TenantModel):
    """One fact: ``body`` is its content and ``subject`` the row that it describes. Append-only.

    ``occurred_at`` is calendar time and decides the month of the fact. ``hash`` covers the entry and, by
    ``previous_hash``, all entries before it. ``body`` contains only strings, integers and lists of them, which every
    JSON library writes in the same way.
    """

    class Kind(models.TextChoices):
        USAGE = "usage"
        METERED = "metered"
        FREE = "free"
        LEDGER = "ledger"
        INVOICE = "invoice"
        CREDIT_NOTE = "credit_note"
        VOID = "void"
        SEAL = "seal"

    sequence = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=ID_MAX_LENGTH)
    occurred_at = models.DateTimeField()
    body = models.JSONField()
    previous_hash = models.CharField(max_length=HASH_CHARACTERS, blank=True)
    hash = models.CharField(max_length=HASH_CHARACTERS)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "sequence"], name="journal_entry_once_in_chain"),
            models.UniqueConstraint(fields=["organization", "kind", "subject"], name="journal_tells_once_of_a_row"),
        ]
        indexes = [models.Index(fields=["organization", "kind", "occurred_at"], name="journal_by_month")]
