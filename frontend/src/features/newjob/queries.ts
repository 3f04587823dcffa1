import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, type SpecRequest, unwrap } from "../../api/client.ts";
import { idempotent, newIdempotencyKey } from "../../api/headers.ts";
import { jobKey } from "../jobs/queries.ts";

export function useArchitectures() {
  return useQuery({
    queryKey: ["architectures"],
    queryFn: async () => (await unwrap(api.GET("/api/v1/architectures"))).data,
    staleTime: Infinity,
  });
}

/** The learning tasks; what each has of its own. */
export function useTasks() {
  return useQuery({
    queryKey: ["tasks"],
    queryFn: async () => (await unwrap(api.GET("/api/v1/tasks"))).data,
    staleTime: Infinity,
  });
}

/** The JSON Schema of a spec: what forms and their bounds are made of. */
export function useSpecSchema() {
  return useQuery({
    queryKey: ["spec-schema"],
    queryFn: () => unwrap(api.GET("/api/v1/spec-schema")),
    staleTime: Infinity,
  });
}

/** The pools with their prices and sizes. */
export function usePools() {
  return useQuery({
    queryKey: ["pools"],
    queryFn: async () => (await unwrap(api.GET("/api/v1/prices"))).data,
    staleTime: 60_000,
  });
}

/** What the job would cost; while the answer to a change is under way, the last one stays. */
export function useQuote(spec: SpecRequest, enabled: boolean) {
  return useQuery({
    queryKey: ["quote", spec],
    queryFn: () => unwrap(api.POST("/api/v1/jobs/quote", { body: spec })),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Submits a spec. The same spec sent twice, by a second click or after a lost answer, is one job. */
export function useSubmit() {
  const queryClient = useQueryClient();
  const sent = useRef({ spec: "", key: "" });
  return useMutation({
    mutationFn: (spec: SpecRequest) => {
      const text = JSON.stringify(spec);
      if (sent.current.spec !== text) sent.current = { spec: text, key: newIdempotencyKey() };
      return unwrap(api.POST("/api/v1/jobs", { body: spec, ...idempotent(sent.current.key) }));
    },
    onSuccess: (job) => {
      queryClient.setQueryData(jobKey(job.id), job);
      void queryClient.invalidateQueries({ queryKey: ["jobs", "list"] });
      void queryClient.invalidateQueries({ queryKey: ["billing"] });
    },
  });
}
