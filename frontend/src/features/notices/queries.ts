import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";

export type Notice = Schemas["Notice"];

/** So many are looked at for unread ones; more of these are "more than". */
export const LOOKED_AT = 20;
const NEWEST = ["notices", "newest"];

const fetchPage = (cursor: { cursor?: string }) =>
  unwrap(api.GET("/api/v1/notices", { params: { query: { limit: LOOKED_AT, ...cursor } } }));

/** Those of the newest that are unread. */
export function useUnread(): Notice[] {
  const newest = useQuery({ queryKey: NEWEST, queryFn: () => fetchPage({}), refetchInterval: 30_000 });
  return newest.data?.data.filter(({ read }) => !read) ?? [];
}

/** All of them, as they were when the list was opened: what was unread stays marked while it is looked at. */
export const useNotices = () => usePages({ queryKey: ["notices", "list"], fetchPage });

/** Marks a notice and all before it as read. */
export function useMarkRead() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (through: string) =>
      unwrap(api.POST("/api/v1/notices/read", { body: { through }, ...idempotent() })),
    onSuccess: () => client.invalidateQueries({ queryKey: NEWEST }),
  });
}
