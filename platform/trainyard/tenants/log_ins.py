"""Audit events of log-ins and account changes, from the signals of Django and allauth."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.contrib.auth import signals
from django.http import HttpRequest

from trainyard.core import audit
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants.models import Membership, User

CREDENTIALS = ("email", "username", "login")
UNKNOWN = "unknown"
CHANGES = {
    "account.change_password": account_signals.password_changed,
    "account.set_password": account_signals.password_set,
    "account.reset_password": account_signals.password_reset,
    "account.change_email": account_signals.email_changed,
    "second_factor.add": mfa_signals.authenticator_added,
    "second_factor.remove": mfa_signals.authenticator_removed,
    "second_factor.reset": mfa_signals.authenticator_reset,
}
"""What people change of their own accounts, which has no organization: all of theirs are told."""


def watch() -> None:
    """From now on every log-in, log-out, refused log-in and change of an account leaves an event."""
    signals.user_logged_in.connect(_logged_in, dispatch_uid="trainyard.log_ins")
    signals.user_logged_out.connect(_logged_out, dispatch_uid="trainyard.log_outs")
    signals.user_login_failed.connect(_refused, dispatch_uid="trainyard.refused_log_ins")
    for action, signal in CHANGES.items():
        signal.connect(partial(_changed, action), weak=False, dispatch_uid=f"trainyard.{action}")


def _logged_in(*, user: User, **_: Any) -> None:
    _record("session.log_in", user)


def _logged_out(*, user: User | None, **_: Any) -> None:
    if user is not None:
        _record("session.log_out", user)


def _changed(action: str, *, user: User, **_: Any) -> None:
    _record(action, user)


def _refused(*, credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    named = next((str(credentials[name]) for name in CREDENTIALS if credentials.get(name)), "")
    _record("session.refuse", User.objects.filter(email__iexact=named).first())


def _record(action: str, user: User | None) -> None:
    """In the trail of each organization that the person belongs to, and of the platform for operators and nobody."""
    with platform_scope():
        memberships = Membership.objects.filter(user=user).order_by("organization_id") if user is not None else []
        chains = [membership.organization_id for membership in memberships]
        if not chains or (user is not None and user.is_staff):
            chains.append("")
        who = user.id if user is not None else UNKNOWN
        for organization_id in sorted(chains):
            audit.record(action=action, target=who, actor=who, organization_id=organization_id, now=database_now())
