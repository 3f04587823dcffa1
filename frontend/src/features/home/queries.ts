import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";

const RECENT_JOBS = 6;

/** The newest jobs of any state. */
export function useRecentJobs() {
  return useQuery({
    queryKey: ["jobs", "list", "recent"],
    queryFn: async () =>
      (await unwrap(api.GET("/api/v1/jobs", { params: { query: { limit: RECENT_JOBS } } }))).data,
    refetchInterval: 3_000,
  });
}

/** What was spent since the month began in the organization's time zone, by which invoices go. */
export function useMonth() {
  return useQuery({
    queryKey: ["billing", "month"],
    queryFn: () => unwrap(api.GET("/api/v1/usage/summary", { params: { query: { month: "current" } } })),
    refetchInterval: 30_000,
  });
}
