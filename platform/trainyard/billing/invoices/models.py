"""Invoices and the documents that belong to them. Database triggers refuse any change of a finalized invoice."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from trainyard.core.ids import ID_MAX_LENGTH, new_cn_id, new_inv_id, new_le_id
from trainyard.core.tenancy import TenantModel

DECIMAL_CHARACTERS = 48
"""Quantities and prices stand on documents as decimal text: SQLite would make floating-point numbers of them."""
MAX_RATE = Decimal(100)
JOB_NAME_MAX_LENGTH = 120
"""A longer one is cut: descriptions of lines have room for so much."""


class LegalEntity(models.Model):
    """Seller of the invoices; the latest row applies.

    Each legal entity has gap-free document numbers of the form ``PREFIX-000001``.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_le_id, editable=False)
    name = models.CharField(max_length=200)
    address_line1 = models.CharField(max_length=200, blank=True)
    address_line2 = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField(max_length=32, blank=True)
    registration_number = models.CharField(max_length=64, blank=True)
    email = models.CharField(max_length=254, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    number_prefix = models.CharField(max_length=12, unique=True)
    payment_days = models.PositiveSmallIntegerField(default=14)
    chosen_at = models.DateTimeField()


class NumberSequence(models.Model):
    """Next ``invoice`` or ``credit_note`` number of a legal entity; the row is locked while a number is assigned."""

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CREDIT_NOTE = "credit_note"

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["legal_entity", "kind"], name="one_number_sequence_per_kind")]


class TaxRate(models.Model):
    """Tax rate for buyers of one country from a date on.

    With reverse charge a business in another country than the seller's accounts for the tax itself.
    """

    country = models.CharField(max_length=2)
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    reverse_charge = models.BooleanField(default=False)
    wording = models.CharField(max_length=300, blank=True)
    effective_from = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "effective_from"], name="one_tax_rate_per_country_and_moment"),
            models.CheckConstraint(condition=Q(percent__range=(0, MAX_RATE)), name="tax_rate_in_range"),
        ]


class BillingProfile(TenantModel):
    """Buyer data that an organization wants on its invoices, and the time zone of its months."""

    organization = models.OneToOneField(
        "tenants.Organization", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    legal_name = models.CharField(max_length=200, blank=True)
    address_line1 = models.CharField(max_length=200, blank=True)
    address_line2 = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    vat_id = models.CharField(max_length=32, blank=True)
    email = models.CharField(max_length=254, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    updated_at = models.DateTimeField()


class Invoice(TenantModel):
    """Charges of one calendar month, ``[period_start, period_end)``, in the organization's time zone.

    The only draft of an organization is its open month, whose lines are computed on request. Finalizing stores the
    lines and all fields below, assigns the number and opens the next month. ``journal_to`` is the length of the journal
    at that time and ``journal_hash`` the hash of its last entry; they decide which facts are on the invoice
    (``membership``). ``total_micros`` is ``subtotal_micros`` plus ``tax_micros``; ``due_micros`` is the part that
    credit did not pay. ``rounding_micros`` is the sum of the rounded lines minus what was charged in micro-units.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        FINALIZED = "finalized"
        PAID = "paid"
        VOID = "void"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_inv_id, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, null=True, related_name="+")
    sequence = models.PositiveIntegerField(null=True)
    number = models.CharField(max_length=32, blank=True)
    month = models.CharField(max_length=7)
    time_zone = models.CharField(max_length=64)
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    currency = models.CharField(max_length=3)
    seller = models.JSONField(default=dict)
    buyer = models.JSONField(default=dict)
    taxes = models.JSONField(default=list)
    subtotal_micros = models.BigIntegerField(default=0)
    tax_micros = models.BigIntegerField(default=0)
    total_micros = models.BigIntegerField(default=0)
    rounding_micros = models.BigIntegerField(default=0)
    due_micros = models.BigIntegerField(default=0)
    paid_micros = models.BigIntegerField(default=0)
    credited_micros = models.BigIntegerField(default=0)
    journal_to = models.PositiveBigIntegerField(null=True)
    journal_hash = models.CharField(max_length=64, blank=True)
    previous_end = models.DateTimeField(null=True)
    previous_to = models.PositiveBigIntegerField(default=0)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    finalized_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "month", "currency"], name="one_invoice_per_month", condition=~Q(state="void")
            ),
            models.UniqueConstraint(
                fields=["organization", "currency"], name="one_open_month", condition=Q(state="draft")
            ),
            models.UniqueConstraint(
                fields=["legal_entity", "sequence"], name="invoice_number_given_once", condition=~Q(state="draft")
            ),
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="month_not_empty"),
            models.CheckConstraint(
                condition=Q(total_micros=F("subtotal_micros") + F("tax_micros")), name="invoice_total_is_its_sum"
            ),
            models.CheckConstraint(
                condition=Q(credited_micros__range=(0, F("total_micros")), paid_micros__range=(0, F("due_micros"))),
                name="credited_and_paid_within_invoice",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="invoices_by_organization"),
            models.Index(fields=["period_end"], name="months_to_close", condition=Q(state="draft")),
        ]


class InvoiceLine(TenantModel):
    """Invoice line: ``amount_micros`` is ``exact_micros``, the charge, rounded once to the currency's minor unit.

    ``job_name`` is the name of the job ``subject`` when the invoice was finalized. It is ``None`` for other kinds of
    lines and for lines that a release without this column wrote.
    """

    class Kind(models.TextChoices):
        JOB = "job"
        STORAGE = "storage"
        PREDICTIONS = "predictions"
        PLAN = "plan"

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    description = models.CharField(max_length=300)
    subject = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    job_name = models.CharField(max_length=JOB_NAME_MAX_LENGTH, null=True)
    pool = models.CharField(max_length=64, blank=True)
    quantity = models.CharField(max_length=DECIMAL_CHARACTERS)
    unit = models.CharField(max_length=32)
    unit_price = models.CharField(max_length=DECIMAL_CHARACTERS)
    price_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    contract_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    exact_micros = models.BigIntegerField()
    amount_micros = models.BigIntegerField()
    late_for = models.CharField(max_length=7, blank=True)
    records = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="one_line_per_position")]


class CreditNote(TenantModel):
    """Credit note: returns part of one invoice; all credit notes together never exceed the invoice. Append-only."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_cn_id, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=32)
    line = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=300)
    currency = models.CharField(max_length=3)
    net_micros = models.BigIntegerField()
    tax_micros = models.BigIntegerField()
    total_micros = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["legal_entity", "sequence"], name="credit_note_number_given_once"),
            models.CheckConstraint(
                condition=Q(total_micros__gt=0, total_micros=F("net_micros") + F("tax_micros")),
                name="credit_note_total_is_its_sum",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="credit_notes_by_organization")]
