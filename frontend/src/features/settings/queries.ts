import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";
import type { Role } from "../../words/roles.ts";

export type ApiKey = Schemas["ApiKey"];
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

export function useCreateKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; role: Role }) =>
      unwrap(api.POST("/api/v1/api-keys", { body, ...idempotent() })),
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

export function useAuditLog() {
  return usePages({
    queryKey: ["organization", "audit"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/audit-events", { params: { query: cursor } })),
  });
}
