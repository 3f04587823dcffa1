import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { newIdempotencyKey } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";

export type ApiKey = Schemas["ApiKey"];
export type Role = Schemas["ApiKey"]["role"];

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
      unwrap(api.POST("/api/v1/api-keys", { body, headers: { "Idempotency-Key": newIdempotencyKey() } })),
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
