import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { usePages } from "../../api/pages.ts";
import type { Task } from "../../words/tasks.ts";

export type Dataset = Schemas["Dataset"];
export type DatasetDetail = Schemas["DatasetDetail"];
export type DatasetPreview = Schemas["DatasetPreview"];
export type DatasetVersion = Schemas["DatasetVersion"];
export type DatasetProblem = Schemas["DatasetProblem"];

/** A version that is ready to train on, and what its dataset is for. */
export interface ReadyData {
  version: DatasetVersion;
  datasetName: string;
  task: Task;
}

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

/** A glance at a version that is ready. */
export function usePreview(datasetId: string, version: string) {
  const path = { dataset_id: datasetId, version };
  return useQuery({
    queryKey: ["datasets", datasetId, version, "preview"],
    queryFn: () =>
      unwrap(api.GET("/api/v1/datasets/{dataset_id}/versions/{version}/preview", { params: { path } })),
    staleTime: Infinity,
  });
}

/** How a version differs from an earlier one. */
export function useDifference(datasetId: string, version: string, from: string) {
  const options = { params: { path: { dataset_id: datasetId, version }, query: { from } } };
  return useQuery({
    queryKey: ["datasets", datasetId, version, "difference", from],
    queryFn: () => unwrap(api.GET("/api/v1/datasets/{dataset_id}/versions/{version}/difference", options)),
    staleTime: Infinity,
  });
}

export function useDeleteDataset() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/api/v1/datasets/{dataset_id}", { params: { path: { dataset_id: id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["datasets"], exact: true }),
  });
}
