"""Organizations, people and API keys."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MinValueValidator
from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_dva_id, new_invt_id, new_key_id, new_mem_id, new_org_id, new_usr_id
from trainyard.core.tenancy import TenantManager, TenantModel


class Organization(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        CLOSING = "closing"
        DELETED = "deleted"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_org_id, editable=False)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=16, choices=State, default=State.ACTIVE)
    max_stored_bytes = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Of uploaded files; empty: the platform's."
    )
    max_bytes_in_flight = models.BigIntegerField(
        null=True, blank=True, validators=[MinValueValidator(0)], help_text="Of uploads at once; empty: the platform's."
    )
    requires_second_factor = models.BooleanField(
        default=False, help_text="Of every member who acts for it in a browser."
    )
    limits_revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField()

    tenant_field: ClassVar[str] = "id"

    def __str__(self) -> str:
        return self.name


class PlanLimits(TenantModel):
    """Limits of an organization's plan, copied by billing; empty values mean the platform's limit, or none.

    It is a copy so that code that enforces a limit need not depend on billing.
    """

    organization = models.OneToOneField(
        Organization, primary_key=True, on_delete=models.PROTECT, related_name="plan_limits"
    )
    max_running_jobs = models.PositiveIntegerField(null=True)
    max_stored_bytes = models.BigIntegerField(null=True)
    max_members = models.PositiveIntegerField(null=True)
    requests_per_second = models.PositiveIntegerField(null=True)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in with an email address. ``is_staff`` marks an operator of the platform."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_usr_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField("operator", default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """In Django's admin an operator may do what the page offers, and nobody else anything."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    BILLING = "billing"
    VIEWER = "viewer"


class Membership(models.Model):
    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_mem_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="one_membership_per_organization")]


class Invitation(TenantModel):
    """Offer of a role to the owner of an e-mail address. ``key_sha256`` is the hash of the key in its newest link."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        REVOKED = "revoked"
        EXPIRED = "expired"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_invt_id, editable=False)
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role)
    key_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=ID_MAX_LENGTH)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                name="one_unanswered_invitation_an_address",
                condition=models.Q(accepted_at=None, revoked_at=None),
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="invitations_by_organization"),
            models.Index(fields=["email"], name="invitations_by_email"),
        ]

    def state(self, *, now: datetime) -> State:
        """Where it stands at ``now``."""
        if self.accepted_at is not None:
            return self.State.ACCEPTED
        if self.revoked_at is not None:
            return self.State.REVOKED
        return self.State.OPEN if self.expires_at > now else self.State.EXPIRED


class ApiKey(models.Model):
    """API key, stored as its SHA-256. A key without an organization is an operator's.

    ``scopes`` limit it to a part of what its role allows; null does not. Its jobs may cost ``monthly_cap_micros`` per
    month, together with those of the keys that it replaced by rotation: all of them share one ``lineage``, the id of
    the first.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_key_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=24)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER)
    scopes = models.JSONField(null=True)
    monthly_cap_micros = models.BigIntegerField(null=True)
    lineage = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = TenantManager()
    across_tenants = models.Manager()

    class Meta:
        base_manager_name = "across_tenants"
        indexes = [models.Index(fields=["organization", "-id"], name="api_keys_by_organization")]

    def is_live(self, *, now: datetime) -> bool:
        """Whether it was neither revoked nor has expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class DeviceAuthorization(models.Model):
    """A program that waits for a person to approve the API key that it requests (RFC 8628).

    It belongs to nobody until it is approved: ``approved_for`` is then the organization's id, and stays empty if it is
    denied. The request is in ``client_name``, ``role``, ``scopes`` and ``lifetime_days``.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_dva_id, editable=False)
    device_code_sha256 = models.CharField(max_length=64, unique=True)
    user_code = models.CharField(max_length=16, unique=True)
    client_name = models.CharField(max_length=120)
    address = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=16, choices=Role)
    scopes = models.JSONField(null=True)
    lifetime_days = models.PositiveIntegerField()
    interval_seconds = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    last_polled_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    approved_for = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    redeemed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.id
