import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";

export type Evaluation = Schemas["Evaluation"];
export type TestRow = Schemas["TestRow"];
export type ClassReport = NonNullable<Schemas["ModelDetail"]["class_report"]>;

/** Which of several classes, targets or series is looked at, and how far ahead. */
export interface Focus {
  label?: string;
  target?: string;
  series?: string;
  step?: number;
}

export interface RowFilter {
  truth?: string;
  prediction?: string;
  wrong?: boolean;
  written?: boolean;
  target?: string;
  order?: "worst" | "as_stored";
}

export const ROWS_AT_ONCE = 24;

/** What the model answered to its test rows, summed up. Models of earlier releases have none: 404. */
export function useEvaluation(modelId: string, focus: Focus) {
  return useQuery({
    queryKey: ["models", modelId, "evaluation", focus],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/models/{model_id}/evaluation", {
          params: { path: { model_id: modelId }, query: focus },
        }),
      ),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

export function useTestRows(modelId: string, filter: RowFilter) {
  return useInfiniteQuery({
    queryKey: ["models", modelId, "test-rows", filter],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/models/{model_id}/test-rows", {
          params: {
            path: { model_id: modelId },
            query: { ...filter, limit: ROWS_AT_ONCE, ...(pageParam ? { cursor: pageParam } : {}) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    select: ({ pages }) => ({ rows: pages.flatMap(({ data }) => data), total: pages[0]?.total ?? 0 }),
    staleTime: Infinity,
  });
}
