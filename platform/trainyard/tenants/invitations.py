"""Invitations: an e-mail address, a role, and a link that works once and expires.

Only the hash of the link's key is stored. Reading an invitation by its key, and accepting it, is for people who belong
to no organization yet: callers are in ``platform_scope``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from trainyard.core import audit, domain_events
from trainyard.core.errors import Conflict, FieldError, NotFound, PermissionDenied
from trainyard.core.mail import outgoing
from trainyard.core.secrets import digest, new_secret
from trainyard.core.tenancy import current_tenant, tenant_scope
from trainyard.tenants.member_limit import check_room
from trainyard.tenants.models import Invitation, Membership, Organization, Role, User
from trainyard.tenants.roles import check_may_grant
from trainyard_spec.webhook_events import WebhookEvent

KEY_KIND = "ty_invite_"
USUAL_LIFETIME = timedelta(days=7)
LONGEST_LIFETIME = timedelta(days=30)


class AlreadyMember(Conflict):
    code = "already_member"


class AlreadyInvited(Conflict):
    code = "already_invited"


class InvitationEnded(NotFound):
    """It was accepted, revoked, replaced or has expired; or there never was one."""

    code = "invitation_ended"


class InvitationForAnother(PermissionDenied):
    code = "invitation_for_another"


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """An invitation with its link, which is shown once."""

    invitation: Invitation
    link: str


@transaction.atomic
def invite(
    *, email: str, role: Role, expires_at: datetime | None, by: Role, actor: str, now: datetime
) -> SentInvitation:
    """Invites an address to the organization in context and sends the link.

    Raises ``PermissionDenied`` for a role that ``by`` may not give, ``AlreadyMember``, ``AlreadyInvited`` and
    ``MembersLimitReached``.
    """
    check_may_grant(role, by=by)
    check_room(now=now)
    address = email.lower()
    if Membership.objects.filter(organization_id=current_tenant(), user__email__iexact=address).exists():
        raise _already(AlreadyMember, f"{address} is a member already.", "Change the role of the member instead.")
    Invitation.objects.filter(email=address, accepted_at=None, revoked_at=None, expires_at__lte=now).update(
        revoked_at=now
    )
    secret = new_secret(KEY_KIND)
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                organization_id=current_tenant(),
                email=address,
                role=role,
                key_sha256=secret.sha256,
                invited_by=actor,
                created_at=now,
                sent_at=now,
                expires_at=expires_at or now + USUAL_LIFETIME,
            )
    except IntegrityError:
        hint = "Send the open invitation again, or revoke it first."
        raise _already(AlreadyInvited, f"{address} is invited already.", hint) from None
    _record("invitation.create", invitation, now=now, after={"role": role})
    return _sent(invitation, secret.value)


@transaction.atomic
def resend(*, invitation_id: str, by: Role, now: datetime) -> SentInvitation:
    """A new link in place of the old, with a new week to use it. Raises ``NotFound``, ``InvitationEnded``."""
    invitation = _own(invitation_id)
    check_may_grant(invitation.role, by=by)
    if invitation.expires_at <= now:
        check_room(now=now)  # it takes up a place again
    secret, expires_at = new_secret(KEY_KIND), max(invitation.expires_at, now + USUAL_LIFETIME)
    unanswered = Invitation.objects.filter(id=invitation_id, accepted_at=None, revoked_at=None)
    if unanswered.update(key_sha256=secret.sha256, sent_at=now, expires_at=expires_at) != 1:
        raise _ended()
    before = {"expires_at": invitation.expires_at}
    _record("invitation.resend", invitation, now=now, before=before, after={"expires_at": expires_at})
    invitation.refresh_from_db()
    return _sent(invitation, secret.value)


@transaction.atomic
def revoke(*, invitation_id: str, by: Role, now: datetime) -> None:
    """Ends an open invitation; ending it again changes nothing. Raises ``NotFound``."""
    invitation = _own(invitation_id)
    check_may_grant(invitation.role, by=by)
    if Invitation.objects.filter(id=invitation_id, accepted_at=None, revoked_at=None).update(revoked_at=now) == 1:
        _record("invitation.revoke", invitation, now=now, before={"role": invitation.role})


def open_invitation(key: str, *, now: datetime) -> Invitation:
    """The invitation that ``key`` opens, if it may still be accepted. Raises ``InvitationEnded``."""
    invitation = Invitation.across_tenants.select_related("organization").filter(key_sha256=digest(key)).first()
    if invitation is None or invitation.state(now=now) != Invitation.State.OPEN:
        raise _ended()
    if invitation.organization.state != Organization.State.ACTIVE:
        raise _ended()
    return invitation


def is_invited(*, email: str, now: datetime) -> bool:
    """Whether any organization has an open invitation for this address."""
    wanted = Invitation.across_tenants.filter(email=email.lower(), accepted_at=None, revoked_at=None)
    return wanted.filter(expires_at__gt=now, organization__state=Organization.State.ACTIVE).exists()


@transaction.atomic
def accept(*, key: str, user: User, emails: Collection[str], now: datetime) -> Membership:
    """Makes ``user``, to whom the addresses ``emails`` belong, a member. The same person again changes nothing.

    Raises ``InvitationEnded``, ``InvitationForAnother``.
    """
    invitation = Invitation.across_tenants.filter(key_sha256=digest(key), accepted_by=user.id).first()
    if invitation is not None:
        found = Membership.objects.filter(organization_id=invitation.organization_id, user=user).first()
        if found is not None:
            return found
    invitation = open_invitation(key, now=now)
    if invitation.email not in {email.lower() for email in emails}:
        raise InvitationForAnother(
            f"This invitation is for {invitation.email}.",
            hint="Log in with that address, add it to your account, or ask for an invitation to yours.",
        )
    with tenant_scope(invitation.organization_id):
        unanswered = Invitation.objects.filter(id=invitation.id, accepted_at=None, revoked_at=None)
        if unanswered.update(accepted_at=now, accepted_by=user.id) != 1:
            raise _ended()
        membership, _ = Membership.objects.get_or_create(
            organization_id=invitation.organization_id,
            user=user,
            defaults={"role": invitation.role, "created_at": now},
        )
        _announce_accepted(invitation, role=membership.role, now=now)
        _record("invitation.accept", invitation, now=now, actor=user.id, after={"role": membership.role})
    return membership


def _announce_accepted(invitation: Invitation, *, role: str, now: datetime) -> None:
    """Tells whoever subscribes that the invited person is a member."""
    data = {"id": invitation.id, "email": invitation.email, "role": role}
    domain_events.record(
        WebhookEvent.INVITATION_ACCEPTED, data=data, organization_id=invitation.organization_id, now=now
    )


def _sent(invitation: Invitation, key: str) -> SentInvitation:
    link = f"{settings.ENVIRONMENT.public_url.rstrip('/')}/invitations/{key}"
    organization = Organization.objects.get(id=invitation.organization_id)
    context = {"invitation": invitation, "organization": organization, "link": link}
    subject = f"Join {organization.name} on Trainyard"
    text = render_to_string("organization/email/invitation_message.txt", context)
    outgoing.send(EmailMessage(" ".join(subject.split()), text, to=[invitation.email]))
    return SentInvitation(invitation, link)


def _own(invitation_id: str) -> Invitation:
    found = Invitation.objects.filter(id=invitation_id).first()
    if found is None:
        raise NotFound("There is no invitation by that id.")
    return found


def _record(
    action: str,
    invitation: Invitation,
    *,
    now: datetime,
    actor: str | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.record(
        action=action,
        target=invitation.id,
        organization_id=invitation.organization_id,
        actor=actor,
        now=now,
        before=before,
        after=after,
    )


def _ended() -> InvitationEnded:
    return InvitationEnded("This invitation has ended.", hint="Ask whoever invited you for a new one.")


def _already(kind: type[Conflict], message: str, hint: str) -> Conflict:
    return kind(message, hint=hint, errors=(FieldError("email", kind.code, message, hint),))
