/** Files that the service fetches from an address: made, followed until they are here, and ended. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import type { NewDataset } from "../../api/upload.ts";

export type DatasetImport = Schemas["DatasetImport"];

export interface ImportRequest {
  /** The dataset that the file makes, or the id of the one that it is the next version of. */
  into: NewDataset | { dataset: string };
  url: string;
}

const POLL_MS = 1_000;
const LISTED = 20;

export const isUnfinished = ({ state }: DatasetImport): boolean => state === "queued" || state === "fetching";

const at = (dataset_id: string) => ({ params: { path: { dataset_id } } });

/** What the file at an address is called: the last part of its path. */
export function filenameOf(url: string): string {
  const path = url.replace(/^[a-z0-9+.-]+:\/\/[^/]*/i, "").replace(/[?#].*$/, "");
  const last = path.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

async function begin({ into, url }: ImportRequest): Promise<DatasetImport> {
  if ("dataset" in into) {
    const options = { ...at(into.dataset), body: { url }, ...idempotent() };
    return unwrap(api.POST("/api/v1/datasets/{dataset_id}/imports", options));
  }
  const made = await unwrap(api.POST("/api/v1/datasets", { body: into, ...idempotent() }));
  try {
    return await begin({ into: { dataset: made.id }, url });
  } catch (error) {
    // Of an address that is refused no empty dataset stays.
    await api.DELETE("/api/v1/datasets/{dataset_id}", at(made.id));
    throw error;
  }
}

export function useBeginImport() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: begin,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["datasets"] }),
  });
}

/** One import; asked for again until it has ended. */
export function useImport(begun: DatasetImport | undefined) {
  const path = { dataset_id: begun?.dataset_id ?? "", import_id: begun?.id ?? "" };
  return useQuery({
    queryKey: ["imports", path.dataset_id, path.import_id],
    queryFn: () => unwrap(api.GET("/api/v1/datasets/{dataset_id}/imports/{import_id}", { params: { path } })),
    enabled: begun !== undefined,
    refetchInterval: ({ state }) => (state.data && !isUnfinished(state.data) ? false : POLL_MS),
  });
}

/** The imports into a dataset that are under way. */
export function useUnfinishedImports(datasetId: string) {
  return useQuery({
    queryKey: ["imports", datasetId],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/datasets/{dataset_id}/imports", {
          params: { path: { dataset_id: datasetId }, query: { limit: LISTED } },
        }),
      ),
    select: ({ data }) => data.filter(isUnfinished),
  });
}

export function useCancelImport() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ dataset_id, id }: DatasetImport) =>
      unwrap(
        api.DELETE("/api/v1/datasets/{dataset_id}/imports/{import_id}", {
          params: { path: { dataset_id, import_id: id } },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["imports"] }),
  });
}
