import { useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import type { Job } from "../jobs/queries.ts";

export const MOST_RUNS = 200;
const JOBS_AT_ONCE = 50;
const POINTS_A_RUN = 300;

const chunks = (ids: readonly string[]): string[] => {
  const found: string[] = [];
  for (let begin = 0; begin < ids.length; begin += JOBS_AT_ONCE) {
    found.push(ids.slice(begin, begin + JOBS_AT_ONCE).join(","));
  }
  return found;
};

/** The jobs by `ids` in their order, without those that there are not. */
export function useComparedJobs(ids: readonly string[]) {
  return useQuery({
    queryKey: ["jobs", "compared", ids],
    queryFn: async () => {
      const found = new Map<string, Job>();
      for (const some of chunks(ids)) {
        const query = { ids: some, limit: JOBS_AT_ONCE };
        const page = await unwrap(api.GET("/api/v1/jobs", { params: { query } }));
        for (const job of page.data) found.set(job.id, job);
      }
      return ids.flatMap((id) => found.get(id) ?? []);
    },
    staleTime: 30_000,
  });
}

export function useComparedSeries(ids: readonly string[], name: string) {
  return useQuery({
    queryKey: ["jobs", "compared-series", ids, name],
    queryFn: async () => {
      const found: Schemas["SeriesOfJob"][] = [];
      for (const some of chunks(ids)) {
        const query = { ids: some, names: name, max_points: POINTS_A_RUN };
        found.push(...(await unwrap(api.GET("/api/v1/jobs/metrics", { params: { query } }))).data);
      }
      return found;
    },
    enabled: name !== "" && ids.length > 0,
    staleTime: 30_000,
  });
}
