/** Lists come in pages with a cursor; a screen shows the first and asks for more. */
import { useInfiniteQuery } from "@tanstack/react-query";

interface CursorPage<Row> {
  data: Row[];
  next_cursor: string | null;
}

interface Options<Row> {
  queryKey: readonly unknown[];
  fetchPage: (cursor: { cursor?: string }) => Promise<CursorPage<Row>>;
  refetchInterval?: number | false;
  enabled?: boolean;
}

export function usePages<Row>({
  queryKey,
  fetchPage,
  refetchInterval = false,
  enabled = true,
}: Options<Row>) {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => fetchPage(pageParam ? { cursor: pageParam } : {}),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    select: (pages) => pages.pages.flatMap((page) => page.data),
    refetchInterval,
    enabled,
  });
}

export type PagesQuery<Row> = ReturnType<typeof usePages<Row>>;
