"""Sign-up: who may create an account, and what a new person gets with it.

``TRAINYARD_SIGN_UP`` decides. A person with an invitation joins its organization; everybody else gets an organization
of their own, with ``TRAINYARD_SIGN_UP_CREDIT``.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from trainyard.billing.wallet.granting import grant_credit
from trainyard.core.errors import NotFound, PermissionDenied
from trainyard.core.money import to_micros
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants import invitations
from trainyard.tenants.models import Invitation, User
from trainyard.tenants.operations import found_organization

INVITATION = "_trainyard_invitation"
"""Where a request keeps the invitation that its sign-up names."""


class SignUpClosed(PermissionDenied):
    code = "sign_up_closed"


def is_open() -> bool:
    """Whether anybody may sign up at all, be it with an invitation."""
    return bool(settings.ENVIRONMENT.effective_sign_up != "closed")


def check_open() -> None:
    """Raises ``SignUpClosed``."""
    if not is_open():
        raise SignUpClosed(
            "Nobody can sign up at this platform.", hint="Ask its operator for an account, then log in with it."
        )


def is_open_to(*, email: str) -> bool:
    """Whether somebody with this address, for which an identity provider vouches, may sign up."""
    if settings.ENVIRONMENT.effective_sign_up != "invitation":
        return is_open()
    with platform_scope():
        return invitations.is_invited(email=email, now=database_now())


def came_by_invitation(request: HttpRequest, *, email: str) -> bool:
    """Whether the sign-up named an invitation to this address."""
    invitation: Invitation | None = getattr(request, INVITATION, None)
    return invitation is not None and invitation.email == email.lower()


class SignUpFields(forms.Form):
    """Fields of a sign-up besides e-mail address and password."""

    name = forms.CharField(required=False, max_length=120)
    organization = forms.CharField(required=False, max_length=120)
    invitation = forms.CharField(required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        key = cleaned.get("invitation")
        self.invited: Invitation | None = None
        if key:
            self.invited = self._invitation(key, email=str(cleaned.get("email", "")))
        elif settings.ENVIRONMENT.effective_sign_up == "invitation":
            self.add_error(
                "invitation", forms.ValidationError("Signing up takes an invitation.", code="invitation_required")
            )
        return dict(cleaned)

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth has just saved ``user``."""
        now = database_now()
        if self.invited is None:
            complete(user=user, organization_name=self.cleaned_data["organization"], now=now)
            return
        setattr(request, INVITATION, self.invited)
        with platform_scope():
            invitations.accept(key=self.cleaned_data["invitation"], user=user, emails={user.email}, now=now)

    def _invitation(self, key: str, *, email: str) -> Invitation | None:
        try:
            with platform_scope():
                invitation = invitations.open_invitation(key, now=database_now())
        except NotFound:
            message = "This invitation has ended. Ask for a new one."
            self.add_error("invitation", forms.ValidationError(message, code="invitation_ended"))
            return None
        if invitation.email != email.lower():
            message = f"This invitation is for {invitation.email}. Sign up with that address."
            self.add_error("email", forms.ValidationError(message, code="invited_another"))
        return invitation


@transaction.atomic
def complete(*, user: User, organization_name: str, now: datetime) -> None:
    """Gives a new person an organization of their own, with the operator's starting credit."""
    with platform_scope():
        organization = found_organization(name=organization_name or _usual_name(user), owner=user, now=now)
        credit = to_micros(settings.ENVIRONMENT.sign_up_credit)
        if credit:
            grant_credit(
                organization_id=organization.id,
                amount_micros=credit,
                kind="promotional",
                actor="sign-up",
                now=now,
                dedupe_key=f"sign-up:{user.id}",
            )


def _usual_name(user: User) -> str:
    return f"{(user.name or user.email.partition('@')[0])[:100]}'s organization"
