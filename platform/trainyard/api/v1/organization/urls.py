"""Routes of the caller, their organizations and what belongs to one."""

from django.urls import path

from trainyard.api.v1.organization import (
    api_keys,
    audit,
    device_authorization,
    invitations,
    me,
    members,
    organizations,
    portability,
)

urlpatterns = [
    path("me", me.MeView.as_view()),
    path("organizations", organizations.OrganizationsView.as_view()),
    path("organizations/<str:organization_id>/switch", organizations.SwitchView.as_view()),
    path("organization", organizations.OrganizationView.as_view()),
    path("organization/export", portability.ExportView.as_view()),
    path("organization/exports", portability.ExportsView.as_view()),
    path("organization/exports/<str:export_id>", portability.OneExportView.as_view()),
    path("organization/exports/<str:export_id>/file", portability.ExportFileView.as_view()),
    path("organization/delete", portability.DeleteView.as_view()),
    path("admin/organizations/<str:organization_id>/deletion", portability.AdminDeletionView.as_view()),
    path("organization/leave", members.LeaveView.as_view()),
    path("organization/hand-over", members.HandOverView.as_view()),
    path("organization/invitations", invitations.InvitationsView.as_view()),
    path("organization/invitations/<str:invitation_id>", invitations.InvitationView.as_view()),
    path("organization/invitations/<str:invitation_id>/resend", invitations.InvitationResendView.as_view()),
    path("invitations/<str:key>", invitations.OpenInvitationView.as_view()),
    path("invitations/<str:key>/accept", invitations.AcceptView.as_view()),
    path("members", members.MembersView.as_view()),
    path("members/<str:member_id>", members.MemberView.as_view()),
    path("api-keys", api_keys.ApiKeysView.as_view()),
    path("api-keys/<str:key_id>", api_keys.ApiKeyView.as_view()),
    path("api-keys/<str:key_id>/rotate", api_keys.ApiKeyRotateView.as_view()),
    path("oauth/device-authorization", device_authorization.AuthorizeDeviceView.as_view()),
    path("oauth/token", device_authorization.TokenView.as_view()),
    path("device-authorizations/<str:user_code>", device_authorization.DeviceAuthorizationView.as_view()),
    path("device-authorizations/<str:user_code>/approve", device_authorization.ApproveDeviceView.as_view()),
    path("device-authorizations/<str:user_code>/deny", device_authorization.DenyDeviceView.as_view()),
    path("audit-events", audit.AuditEventsView.as_view()),
    path("organization/support-access", audit.SupportAccessView.as_view()),
]
