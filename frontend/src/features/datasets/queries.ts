import { useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { usePages } from "../../api/pages.ts";

export type Dataset = Schemas["Dataset"];
export type DatasetVersion = Schemas["DatasetVersion"];
export type DatasetProblem = Schemas["DatasetProblem"];

const POLL_MS = 700;
const LISTED = 200;

export function useDatasets() {
  return usePages({
    queryKey: ["datasets"],
    fetchPage: (cursor) =>
      unwrap(api.GET("/api/v1/datasets", { params: { query: { ...cursor, limit: LISTED } } })),
  });
}

export function useDataset(id: string) {
  return useQuery({
    queryKey: ["datasets", id],
    queryFn: () => unwrap(api.GET("/api/v1/datasets/{dataset_id}", { params: { path: { dataset_id: id } } })),
    enabled: id !== "",
  });
}

/** One version; asked for again until it has been validated. */
export function useVersion(datasetId: string, version: string) {
  const path = { dataset_id: datasetId, version };
  return useQuery({
    queryKey: ["datasets", datasetId, version],
    queryFn: () => unwrap(api.GET("/api/v1/datasets/{dataset_id}/versions/{version}", { params: { path } })),
    enabled: datasetId !== "" && version !== "",
    refetchInterval: ({ state }) => (state.data?.state === "validating" ? POLL_MS : false),
  });
}
