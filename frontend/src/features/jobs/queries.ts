import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { usePages } from "../../api/pages.ts";
import { isLive, type JobState } from "../../words/jobs.ts";
import type { StepRange } from "../../charts/settings.tsx";
import type { JobAction } from "./actions.ts";

export type Job = Schemas["Job"];
export type Series = Schemas["Series"];
export type UsageLine = Schemas["JobUsageRow"] & { totals: Schemas["JobUsageTotals"] };

export const CHART_POINTS = 1_000;

export const jobKey = (id: string, ...part: string[]) => ["jobs", "one", id, ...part] as const;

export const metricsKey = (id: string) => jobKey(id, "metrics");

export function useJobs(states: readonly JobState[]) {
  return usePages<Job>({
    queryKey: ["jobs", "list", states],
    fetchPage: (cursor) =>
      unwrap(
        api.GET("/api/v1/jobs", {
          params: { query: { ...cursor, ...(states.length ? { state: states.join(",") } : {}) } },
        }),
      ),
    refetchInterval: 3_000,
  });
}

/** What jobs may have been made from. */
export type Source = { dataset_version: string } | { init_from: string };

/** The jobs that were made from one thing, newest first. */
export function useJobsMadeFrom(source: Source) {
  return usePages<Job>({
    queryKey: ["jobs", "list", source],
    fetchPage: (cursor) =>
      unwrap(api.GET("/api/v1/jobs", { params: { query: { ...cursor, limit: 20, ...source } } })),
  });
}

const byId = (id: string) => ({ params: { path: { job_id: id } } });

/** One job; asked for again every `pollMs` while it is live, if that is given. */
export function useJob(id: string, pollMs: number | false = false) {
  return useQuery({
    queryKey: jobKey(id),
    queryFn: () => unwrap(api.GET("/api/v1/jobs/{job_id}", byId(id))),
    refetchInterval: ({ state }) => (state.data && isLive(state.data.state) ? pollMs : false),
  });
}

export type Metrics = Schemas["Metrics"];

/**
 * Series of a job, all or those in `names`, drawn by so many points within `zoom`. What was drawn before stays while
 * another part is fetched.
 */
export function useMetrics(id: string, names: readonly string[] | null, zoom: StepRange | null) {
  return useQuery({
    queryKey: [...metricsKey(id), names, zoom] as const,
    queryFn: () => {
      const query = {
        max_points: CHART_POINTS,
        ...(names ? { names: names.join(",") } : {}),
        ...(zoom ? { min_step: Math.max(0, zoom[0]), max_step: Math.max(0, zoom[1]) } : {}),
      };
      return unwrap(api.GET("/api/v1/jobs/{job_id}/metrics", { params: { path: { job_id: id }, query } }));
    },
    placeholderData: keepPreviousData,
  });
}

/** Where every point of some series of a job is to be had as CSV. */
export const metricsCsv = (id: string, names: readonly string[]): string =>
  `/api/v1/jobs/${encodeURIComponent(id)}/metrics/export?names=${encodeURIComponent(names.join(","))}`;

export function useQueuePlace(id: string, queued: boolean) {
  return useQuery({
    queryKey: jobKey(id, "queue"),
    queryFn: () => unwrap(api.GET("/api/v1/jobs/{job_id}/queue", byId(id))),
    enabled: queued,
    refetchInterval: 5_000,
  });
}

const pageOf = (id: string, cursor: { cursor?: string }) => ({
  params: { path: { job_id: id }, query: { ...cursor, limit: 100 } },
});

/** The lines of the bill, each with the totals of the whole bill as they were when it was read. */
export function useUsage(id: string, enabled = true) {
  return usePages({
    enabled,
    queryKey: jobKey(id, "usage"),
    fetchPage: async (cursor) => {
      const page = await unwrap(api.GET("/api/v1/jobs/{job_id}/usage", pageOf(id, cursor)));
      return { ...page, data: page.data.map((line) => ({ ...line, totals: page.totals })) };
    },
  });
}

export function useEvents(id: string) {
  return usePages({
    queryKey: jobKey(id, "events"),
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/jobs/{job_id}/events", pageOf(id, cursor))),
  });
}

export type LogLine = Schemas["LogLine"];

export interface LogFilter {
  search: string;
  level: LogLine["level"] | null;
}

export const LOG_POLL_MS = 2_000;

const logPage = (id: string, { search, level }: LogFilter, query: { cursor?: string; sort?: "created_at" }) =>
  unwrap(
    api.GET("/api/v1/jobs/{job_id}/logs", {
      params: {
        path: { job_id: id },
        query: { ...query, limit: 200, ...(search ? { search } : {}), ...(level ? { level } : {}) },
      },
    }),
  );

/** Newest first; asked for again and again where `follows`. */
export function useLogs(id: string, filter: LogFilter, follows: boolean) {
  return usePages({
    queryKey: [...jobKey(id, "logs"), filter],
    fetchPage: (cursor) => logPage(id, filter, cursor),
    refetchInterval: follows ? LOG_POLL_MS : false,
  });
}

/** Every line that the filter lets through, oldest first. */
export async function allLogs(id: string, filter: LogFilter): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let cursor: string | null = null;
  do {
    const page: Schemas["LogPage"] = await logPage(id, filter, {
      sort: "created_at",
      ...(cursor ? { cursor } : {}),
    });
    lines.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor);
  return lines;
}

export function useCheckpoints(id: string) {
  return usePages({
    queryKey: jobKey(id, "checkpoints"),
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/jobs/{job_id}/checkpoints", pageOf(id, cursor))),
  });
}

export function useAttempts(id: string, enabled = true) {
  return usePages({
    enabled,
    queryKey: jobKey(id, "attempts"),
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/jobs/{job_id}/attempts", pageOf(id, cursor))),
  });
}

export interface ActionRequest {
  action: JobAction;
  /** With `resume`: what the job may cost from now on, where its cap stopped it. */
  maxCost?: string;
  /** With `resume`: how long it may train in all, where its longest runtime stopped it. */
  maxRuntimeSeconds?: number;
}

const ACT: Record<JobAction, (id: string, request: ActionRequest) => Promise<Job>> = {
  cancel: (id) => unwrap(api.POST("/api/v1/jobs/{job_id}/cancel", byId(id))),
  pause: (id) => unwrap(api.POST("/api/v1/jobs/{job_id}/pause", byId(id))),
  resume: (id, { maxCost, maxRuntimeSeconds }) =>
    unwrap(
      api.POST("/api/v1/jobs/{job_id}/resume", {
        ...byId(id),
        body: {
          ...(maxCost ? { max_cost: maxCost } : {}),
          ...(maxRuntimeSeconds ? { max_runtime_seconds: maxRuntimeSeconds } : {}),
        },
      }),
    ),
};

export function useJobAction(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (request: ActionRequest) => ACT[request.action](id, request),
    onSuccess: (job) => queryClient.setQueryData(jobKey(id), job),
    onSettled: () =>
      Promise.all(["jobs", "billing"].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
}
