import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";
import type { Role } from "../../words/roles.ts";

export type ApiKey = Schemas["ListedApiKey"];
export type AuditEvent = Schemas["AuditEvent"];
export type Invitation = Schemas["Invitation"];
export type Member = Schemas["Member"];
export type Organization = Schemas["Organization"];

const KEYS = ["api-keys"];

export function useApiKeys() {
  return usePages({
    queryKey: KEYS,
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/api-keys", { params: { query: cursor } })),
  });
}

export type Scope = NonNullable<ApiKey["scopes"]>[number];

export interface NewKey {
  name: string;
  role: Role;
  scopes: Scope[] | null;
  monthly_cap: string | null;
  expires_at: string | null;
}

/** A new key on the same terms; the old one goes on for an hour. */
export function useRotateKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(
        api.POST("/api/v1/api-keys/{key_id}/rotate", {
          params: { path: { key_id: id } },
          body: { overlap_seconds: 3600 },
          ...idempotent(),
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEYS }),
  });
}

export function useCreateKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: NewKey) => unwrap(api.POST("/api/v1/api-keys", { body, ...idempotent() })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEYS }),
  });
}

export function useRevokeKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEYS }),
  });
}

const ORGANIZATION = ["organization"];
const MEMBERS = ["organization", "members"];
const INVITATIONS = ["organization", "invitations"];

export function useOrganization() {
  return useQuery({
    queryKey: ORGANIZATION,
    queryFn: () => unwrap(api.GET("/api/v1/organization")),
  });
}

/** Runs a change of the organization; whatever is shown of it is read anew afterwards. */
function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([ORGANIZATION, ["me"]].map((queryKey) => queryClient.invalidateQueries({ queryKey }))),
  });
}

export const useChangeOrganization = () =>
  useChange((body: { name: string; requires_second_factor: boolean }) =>
    unwrap(api.PATCH("/api/v1/organization", { body })),
  );

export function useMembers() {
  return usePages({
    queryKey: MEMBERS,
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/members", { params: { query: cursor } })),
  });
}

const member = (id: string) => ({ params: { path: { member_id: id } } });

export const useChangeMember = () =>
  useChange(({ id, role }: { id: string; role: Role }) =>
    unwrap(api.PATCH("/api/v1/members/{member_id}", { ...member(id), body: { role } })),
  );

export const useRemoveMember = () =>
  useChange((id: string) => unwrap(api.DELETE("/api/v1/members/{member_id}", member(id))));

export function useInvitations() {
  return usePages({
    queryKey: INVITATIONS,
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/organization/invitations", { params: { query: cursor } })),
  });
}

export const useInvite = () =>
  useChange((body: { email: string; role: Role }) =>
    unwrap(api.POST("/api/v1/organization/invitations", { body, ...idempotent() })),
  );

export const useRevokeInvitation = () =>
  useChange((id: string) =>
    unwrap(
      api.DELETE("/api/v1/organization/invitations/{invitation_id}", {
        params: { path: { invitation_id: id } },
      }),
    ),
  );

export const useResendInvitation = () =>
  useChange((id: string) =>
    unwrap(
      api.POST("/api/v1/organization/invitations/{invitation_id}/resend", {
        params: { path: { invitation_id: id } },
        ...idempotent(),
      }),
    ),
  );

export interface AuditFilter {
  action?: string;
  since?: string;
  until?: string;
}

export function useAuditLog(filter: AuditFilter = {}) {
  return usePages({
    queryKey: ["organization", "audit", filter],
    fetchPage: (cursor) =>
      unwrap(api.GET("/api/v1/audit-events", { params: { query: { ...cursor, ...filter } } })),
  });
}

export function useSupportAccess() {
  return usePages({
    queryKey: ["organization", "support-access"],
    fetchPage: (cursor) =>
      unwrap(api.GET("/api/v1/organization/support-access", { params: { query: cursor } })),
  });
}
