"""The organization: its people and keys, and what they did."""

from __future__ import annotations

from trainyard_client.core.calls import collect, delete, get, given, pages, post
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps
from trainyard_client.types import ApiKey, AuditEvent, IssuedApiKey, Me, Member, Organization


class OrganizationCalls(Resource[M]):
    """The organization that the key belongs to."""

    @method
    def get(self) -> Steps[Organization]:
        """The organization."""
        return get(Organization, "organization")

    @method
    def me(self) -> Steps[Me]:
        """Who the service takes the caller for, and what that may do."""
        return get(Me, "me")

    @method
    def members(self, *, limit: int | None = None) -> Steps[list[Member]]:
        """People and their roles."""
        return collect(pages(Member, "members", limit=limit))

    @method
    def keys(self, *, limit: int | None = None) -> Steps[list[ApiKey]]:
        """API keys, without their secrets."""
        return collect(pages(ApiKey, "api-keys", limit=limit))

    @method
    def create_key(self, *, name: str, role: str | None = None, expires_at: str | None = None) -> Steps[IssuedApiKey]:
        """A new key; its ``secret`` is told this once."""
        return post(IssuedApiKey, "api-keys", given({"name": name, "role": role, "expires_at": expires_at}))

    @method
    def rotate_key(self, key_id: str, *, overlap_seconds: int | None = None) -> Steps[IssuedApiKey]:
        """A new secret; the old one works for ``overlap_seconds`` more."""
        return post(IssuedApiKey, f"api-keys/{key_id}/rotate", given({"overlap_seconds": overlap_seconds}))

    @method
    def revoke_key(self, key_id: str) -> Steps[None]:
        """Ends a key at once."""
        return delete(f"api-keys/{key_id}")

    @listing
    def audit_events(self, *, limit: int | None = None) -> Flow[AuditEvent]:
        """Who did what, newest first."""
        return pages(AuditEvent, "audit-events", limit=limit)
