"""Endpoints that are told of events, and what was told to each."""

from datetime import datetime

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_whd_id, new_whe_id
from trainyard.core.models import DomainEvent
from trainyard.core.tenancy import TenantManager


class OwnedModel(models.Model):
    """A row of an organization, or, with an empty ``organization_id``, of the platform's operators.

    In ``tenant_scope("")`` the managers show the latter.
    """

    organization_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)

    objects = TenantManager()
    across_tenants = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "across_tenants"


class WebhookEndpoint(OwnedModel):
    """Where events are sent. ``address`` is a URL, or an e-mail address.

    ``secret`` is sealed, as is ``previous_secret``, which signs too until ``previous_secret_expires_at``. While the
    circuit breaker is open, until ``open_until``, nothing is sent; ``failures`` counts those in a row, and
    ``failing_since`` is when they began. ``disabled_reason`` says why the platform switched it off. ``revision`` grows
    with each change that somebody makes.
    """

    class Kind(models.TextChoices):
        WEBHOOK = "webhook"
        SLACK = "slack"
        EMAIL = "email"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_whe_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.WEBHOOK)
    address = models.CharField(max_length=2048)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=32, blank=True)
    secret = models.CharField(max_length=400, blank=True)
    previous_secret = models.CharField(max_length=400, blank=True)
    previous_secret_expires_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta(OwnedModel.Meta):
        indexes = [models.Index(fields=["organization_id", "-id"], name="webhook_endpoints_by_owner")]

    def is_open(self, *, now: datetime) -> bool:
        """Whether the circuit breaker keeps deliveries back."""
        return self.open_until is not None and self.open_until > now


class Delivery(OwnedModel):
    """One event for one endpoint. While it is pending it is tried at ``next_attempt_at``, until ``gives_up_at``.

    Who attempts it claims it, by ``claim_token`` until ``claim_expires_at``. ``attempts`` lists what came of each, as
    ``outcomes.Outcome`` states it. ``replay_of`` is the delivery that somebody asked for again.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_whd_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(DomainEvent, on_delete=models.PROTECT, related_name="deliveries")
    object_id = models.CharField(max_length=ID_MAX_LENGTH)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts_count = models.PositiveIntegerField(default=0)
    attempts = models.JSONField(default=list)
    next_attempt_at = models.DateTimeField()
    gives_up_at = models.DateTimeField()
    claim_token = models.CharField(max_length=32, blank=True)
    claim_expires_at = models.DateTimeField(null=True)
    replay_of = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta(OwnedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="delivery_once_per_event", condition=models.Q(replay_of="")
            )
        ]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="deliveries_by_endpoint"),
            models.Index(
                fields=["endpoint", "next_attempt_at"], name="deliveries_due", condition=models.Q(state="pending")
            ),
            models.Index(
                fields=["endpoint", "object_id", "event"],
                name="deliveries_in_order",
                condition=models.Q(state="pending"),
            ),
        ]
