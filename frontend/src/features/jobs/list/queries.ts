import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useRef } from "react";
import { api, unwrap } from "../../../api/client.ts";
import { type JobPages, merged } from "./merging.ts";
import { type JobView, queryOf } from "./view.ts";

const ROWS_A_PAGE = 100;
const CHANGES_MS = 4_000;

const listKey = (view: JobView) => ["jobs", "table", queryOf(view)] as const;

/** The jobs of a view, a page after the other, with their number. */
export function useJobTable(view: JobView) {
  return useInfiniteQuery({
    queryKey: listKey(view),
    queryFn: ({ pageParam }) => {
      const query = {
        ...queryOf(view),
        limit: ROWS_A_PAGE,
        ...(pageParam ? { cursor: pageParam } : { total: true }),
      };
      return unwrap(api.GET("/api/v1/jobs", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** Keeps a table that was read up to date by asking for what has changed alone. */
export function useJobChanges(view: JobView, asOf: string | undefined) {
  const queryClient = useQueryClient();
  const since = useRef("");
  useQuery({
    queryKey: ["jobs", "changes"],
    enabled: asOf !== undefined,
    refetchInterval: CHANGES_MS,
    gcTime: 0,
    queryFn: async () => {
      const asked = since.current > (asOf ?? "") ? since.current : (asOf ?? "");
      const query = { changed_since: asked, limit: 200 };
      const page = await unwrap(api.GET("/api/v1/jobs", { params: { query } }));
      since.current = page.as_of;
      if (page.next_cursor) await queryClient.invalidateQueries({ queryKey: ["jobs", "table"] });
      else if (page.data.length > 0) {
        queryClient.setQueryData<JobPages>(listKey(view), (old) => old && merged(old, page.data, view));
      }
      return page.as_of;
    },
  });
}

const BULK_AT_ONCE = 100;

/** Asks one thing of several jobs; answers what came of each. */
export function useBulk() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ action, ids }: { action: "cancel" | "pause"; ids: string[] }) => {
      const results = [];
      for (let begin = 0; begin < ids.length; begin += BULK_AT_ONCE) {
        const body = { ids: ids.slice(begin, begin + BULK_AT_ONCE) };
        results.push(...(await unwrap(api.POST(`/api/v1/jobs/${action}`, { body }))).data);
      }
      return results;
    },
    onSettled: () =>
      Promise.all(["jobs", "billing"].map((key) => queryClient.invalidateQueries({ queryKey: [key] }))),
  });
}
