"""The organization: its people and keys, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trainyard_client.core.calls import collect, delete, get, given, pages, patch, post
from trainyard_client.core.downloads import OnProgress, download
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.types import (
    ApiKey,
    AuditEvent,
    Deletion,
    Export,
    Invitation,
    IssuedApiKey,
    Me,
    Member,
    Organization,
    SentInvitation,
    SupportAccess,
)


class OrganizationCalls(Resource[M]):
    """The organization that the key belongs to."""

    @method
    def get(self) -> Steps[Organization]:
        """The organization."""
        return get(Organization, "organization")

    @method
    def change(self, /, **changes: Any) -> Steps[Organization]:
        """Changes what is given: ``name``, and ``requires_second_factor`` of its members."""
        return patch(Organization, "organization", changes)

    @method
    def me(self) -> Steps[Me]:
        """Who the service takes the caller for, and what that may do."""
        return get(Me, "me")

    @method
    def members(self, *, limit: int | None = None) -> Steps[list[Member]]:
        """People and their roles."""
        return collect(pages(Member, "members", limit=limit))

    @method
    def change_role(self, member_id: str, role: str) -> Steps[Member]:
        """Gives a member another role."""
        return patch(Member, f"members/{member_id}", {"role": role})

    @method
    def remove_member(self, member_id: str) -> Steps[None]:
        """Ends a membership."""
        return delete(f"members/{member_id}")

    @method
    def invitations(self, *, limit: int | None = None) -> Steps[list[Invitation]]:
        """Who was invited, newest first."""
        return collect(pages(Invitation, "organization/invitations", limit=limit))

    @method
    def invitation(self, invitation_id: str) -> Steps[Invitation]:
        """An invitation, and what became of it."""
        return get(Invitation, f"organization/invitations/{invitation_id}")

    @method
    def invite(self, email: str, *, role: str | None = None, expires_at: str | None = None) -> Steps[SentInvitation]:
        """Sends an invitation; its ``link`` is told this once."""
        body = given({"email": email, "role": role, "expires_at": expires_at})
        return post(SentInvitation, "organization/invitations", body)

    @method
    def resend_invitation(self, invitation_id: str) -> Steps[SentInvitation]:
        """Sends an invitation again, with a new ``link``; the former one ends."""
        return post(SentInvitation, f"organization/invitations/{invitation_id}/resend")

    @method
    def withdraw_invitation(self, invitation_id: str) -> Steps[None]:
        """Ends an invitation that was not accepted."""
        return delete(f"organization/invitations/{invitation_id}")

    @method
    def hand_over(self, member_id: str) -> Steps[Member]:
        """Makes a member the owner; the owner becomes an admin."""
        return post(Member, "organization/hand-over", {"member": member_id})

    @method
    def delete(self, *, confirm: str) -> Steps[Deletion]:
        """Erases the organization with all that it has, for good; ``confirm`` is its name."""
        return post(Deletion, "organization/delete", {"confirm": confirm})

    @listing
    def support_access(self, *, limit: int | None = None) -> Flow[SupportAccess]:
        """Which operators looked at the organization, when and why, newest first."""
        return pages(SupportAccess, "organization/support-access", limit=limit)

    @method
    def keys(self, *, limit: int | None = None) -> Steps[list[ApiKey]]:
        """API keys, without their secrets."""
        return collect(pages(ApiKey, "api-keys", limit=limit))

    @method
    def create_key(
        self,
        *,
        name: str,
        role: str | None = None,
        scopes: Sequence[str] | None = None,
        monthly_cap: str | None = None,
        expires_at: str | None = None,
    ) -> Steps[IssuedApiKey]:
        """A new key; its ``secret`` is told this once. ``monthly_cap``, a decimal, limits what its jobs may cost."""
        chosen = None if scopes is None else [*scopes]
        limits = given({"scopes": chosen, "monthly_cap": monthly_cap, "expires_at": expires_at})
        return post(IssuedApiKey, "api-keys", given({"name": name, "role": role}) | limits)

    @method
    def rotate_key(self, key_id: str, *, overlap_seconds: int | None = None) -> Steps[IssuedApiKey]:
        """A new secret; the old one works for ``overlap_seconds`` more."""
        return post(IssuedApiKey, f"api-keys/{key_id}/rotate", given({"overlap_seconds": overlap_seconds}))

    @method
    def revoke_key(self, key_id: str) -> Steps[None]:
        """Ends a key at once."""
        return delete(f"api-keys/{key_id}")

    @method
    def export(self) -> Steps[Export]:
        """Begins an archive of all that the organization has; see ``exports``."""
        return post(Export, "organization/export")

    @method
    def get_export(self, export_id: str) -> Steps[Export]:
        """An archive, and whether it is finished."""
        return get(Export, f"organization/exports/{export_id}")

    @method
    def exports(self, *, limit: int | None = None) -> Steps[list[Export]]:
        """Archives, newest first."""
        return collect(pages(Export, "organization/exports", limit=limit))

    @method
    def download_export(
        self, export_id: str, path: Path | str, *, on_progress: OnProgress | None = None
    ) -> Steps[Path]:
        """Writes a finished archive to ``path``, verified by its SHA-256."""
        found = yield from get(Export, f"organization/exports/{export_id}")
        file, size = f"organization/exports/{export_id}/file", found.bytes or 0
        return (yield from download(file, Path(path), sha256=found.sha256, size=size, on_progress=on_progress))

    @listing
    def audit_events(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int | None = None,
    ) -> Flow[AuditEvent]:
        """Who did what, newest first: those of which all that is given holds."""
        between = {"since": since, "until": until}
        return pages(AuditEvent, "audit-events", limit=limit, actor=actor, action=action, target=target, **between)
