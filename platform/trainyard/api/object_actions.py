"""Allowed actions on objects: one table of which action is allowed in which state and to whom.

Jobs and workers have tables of their own, beside the operations that change them: ``jobs.lifecycle.allowed_actions``
and ``pools.operations``. A rule that needs more than the object itself, such as that an organization keeps an owner, is
checked when the action is requested.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trainyard.api.actor import Actor
from trainyard.api.permissions import OPERATOR, PERSON
from trainyard.billing.invoices.corrections import NOT_STANDING
from trainyard.billing.invoices.dispute_models import Dispute
from trainyard.billing.invoices.models import Invoice
from trainyard.pools.models import Pool
from trainyard.tenants.models import Invitation, Organization, Role
from trainyard.tenants.permissions import is_allowed
from trainyard.tenants.roles import MAY_GRANT
from trainyard.webhooks.models import Delivery, WebhookEndpoint
from trainyard_spec.states import DatasetState


@dataclass(frozen=True, slots=True)
class Seen:
    """An object as ``actor`` sees it. ``now`` is given for objects that expire."""

    row: Any
    actor: Actor
    now: datetime | None = None
    as_operator: bool = False


@dataclass(frozen=True, slots=True)
class ObjectAction:
    """Action allowed to callers with ``permission`` on objects for which ``when`` is true.

    With ``grants``, it gives or removes the object's role: only callers who may grant that role may take it.
    """

    permission: str
    when: Callable[[Seen], bool] = lambda seen: True
    grants: bool = False


ObjectActions = Mapping[str, ObjectAction]


def allowed_on(actions: ObjectActions, seen: Seen) -> list[str]:
    """Which of an object's ``actions`` are allowed, in the order of the table."""
    return [name for name, action in actions.items() if _has(action, seen) and action.when(seen)]


def grantable_roles(actor: Actor) -> list[str]:
    """The roles that ``actor`` may give to others and take from them, the most powerful first."""
    if not is_allowed("organization.manage", role=actor.role, scopes=actor.scopes):
        return []
    return [role for role in Role if role in MAY_GRANT.get(Role(actor.role), ())]


def _has(action: ObjectAction, seen: Seen) -> bool:
    actor = seen.actor
    if seen.as_operator or action.permission == OPERATOR:
        return actor.is_operator
    if action.permission == PERSON:
        return actor.is_person and not actor.is_impersonating
    if not is_allowed(action.permission, role=actor.role, scopes=actor.scopes):
        return False
    return not action.grants or seen.row.role in MAY_GRANT.get(Role(actor.role), ())


def _is_ready(seen: Seen) -> bool:
    return bool(seen.row.state == DatasetState.READY)


def _is_caller(seen: Seen) -> bool:
    return bool(seen.row.user_id == seen.actor.name)


def _is_another(seen: Seen) -> bool:
    return not _is_caller(seen)


def _is_unanswered(seen: Seen) -> bool:
    return _invitation_state(seen) in {Invitation.State.OPEN, Invitation.State.EXPIRED}


def _is_open(seen: Seen) -> bool:
    return _invitation_state(seen) == Invitation.State.OPEN


def _invitation_state(seen: Seen) -> str:
    assert seen.now is not None  # noqa: S101  views of invitations give it
    return str(seen.row.state(now=seen.now))


def _is_live_key(seen: Seen) -> bool:
    assert seen.now is not None  # noqa: S101  views of keys give it
    return seen.row.revoked_at is None and (seen.row.expires_at is None or seen.row.expires_at > seen.now)


def _is_standing(seen: Seen) -> bool:
    return seen.row.state not in NOT_STANDING


def _is_contestable(seen: Seen) -> bool:
    line = seen.row
    return line.invoice.state not in NOT_STANDING and line.left_micros > 0 and not line.is_open


def _is_untouched(seen: Seen) -> bool:
    return _is_standing(seen) and not seen.row.paid_micros and not seen.row.credited_micros


MODEL_ACTIONS: ObjectActions = {"predict": ObjectAction("models.predict"), "delete": ObjectAction("models.write")}
DATASET_ACTIONS: ObjectActions = {
    "rename": ObjectAction("datasets.write"),
    "add_version": ObjectAction("datasets.write"),
    "delete": ObjectAction("datasets.write"),
    "train": ObjectAction("jobs.write"),
}
DATASET_VERSION_ACTIONS: ObjectActions = {
    "preview": ObjectAction("datasets.read", when=_is_ready),
    "compare": ObjectAction("datasets.read", when=_is_ready),
    "train": ObjectAction("jobs.write", when=_is_ready),
}
MEMBER_ACTIONS: ObjectActions = {
    "change_role": ObjectAction("organization.manage", when=_is_another, grants=True),
    "remove": ObjectAction("organization.manage", when=_is_another, grants=True),
    "hand_over": ObjectAction("organization.own", when=lambda seen: seen.actor.is_person and _is_another(seen)),
    "leave": ObjectAction(PERSON, when=_is_caller),
}
INVITATION_ACTIONS: ObjectActions = {
    "resend": ObjectAction("organization.manage", when=_is_unanswered, grants=True),
    "revoke": ObjectAction("organization.manage", when=_is_open, grants=True),
}
API_KEY_ACTIONS: ObjectActions = {
    "rotate": ObjectAction("organization.manage", when=_is_live_key, grants=True),
    "revoke": ObjectAction("organization.manage", when=_is_live_key, grants=True),
}
BUDGET_ACTIONS: ObjectActions = {"change": ObjectAction("billing.manage"), "delete": ObjectAction("billing.manage")}
INVOICE_ACTIONS: ObjectActions = {"dispute": ObjectAction("billing.manage", when=_is_standing)}
INVOICE_LINE_ACTIONS: ObjectActions = {"dispute": ObjectAction("billing.manage", when=_is_contestable)}
ENDPOINT_ACTIONS: ObjectActions = {
    "send_test": ObjectAction("webhooks.manage", when=lambda seen: seen.row.enabled),
    "replay_failed": ObjectAction("webhooks.manage", when=lambda seen: seen.row.enabled),
    "rotate_secret": ObjectAction("webhooks.manage", when=lambda seen: seen.row.kind == WebhookEndpoint.Kind.WEBHOOK),
    "change": ObjectAction("webhooks.manage"),
    "disable": ObjectAction("webhooks.manage", when=lambda seen: seen.row.enabled),
    "enable": ObjectAction("webhooks.manage", when=lambda seen: not seen.row.enabled),
    "delete": ObjectAction("webhooks.manage"),
}
DELIVERY_ACTIONS: ObjectActions = {
    "replay": ObjectAction(
        "webhooks.manage",
        when=lambda seen: seen.row.state != Delivery.State.PENDING and seen.row.endpoint.enabled,
    )
}
ADMIN_INVOICE_ACTIONS: ObjectActions = {
    "pay": ObjectAction(OPERATOR, when=lambda seen: seen.row.state == Invoice.State.FINALIZED),
    "credit": ObjectAction(OPERATOR, when=_is_standing),
    "void": ObjectAction(OPERATOR, when=_is_untouched),
}
ADMIN_DISPUTE_ACTIONS: ObjectActions = {
    "approve": ObjectAction(OPERATOR, when=lambda seen: seen.row.state == Dispute.State.OPEN),
    "reject": ObjectAction(OPERATOR, when=lambda seen: seen.row.state == Dispute.State.OPEN),
}
ADMIN_ORGANIZATION_ACTIONS: ObjectActions = {
    "suspend": ObjectAction(OPERATOR, when=lambda seen: seen.row.state == Organization.State.ACTIVE),
    "reactivate": ObjectAction(OPERATOR, when=lambda seen: seen.row.state == Organization.State.SUSPENDED),
}
ADMIN_POOL_ACTIONS: ObjectActions = {
    "open": ObjectAction(OPERATOR, when=lambda seen: seen.row.state == Pool.State.CLOSED),
    "close": ObjectAction(OPERATOR, when=lambda seen: seen.row.state == Pool.State.ACTIVE),
}
