import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { usePages } from "../../api/pages.ts";

export type Model = Schemas["Model"];
export type ModelDetail = Schemas["ModelDetail"];
export type Prediction = Schemas["Prediction"];

export function useModel(id: string) {
  return useQuery({
    queryKey: ["models", id],
    queryFn: () => unwrap(api.GET("/api/v1/models/{model_id}", { params: { path: { model_id: id } } })),
    staleTime: Infinity,
  });
}

/** The newest models, by page. */
export function useModels(limit = 50) {
  return usePages({
    queryKey: ["models", "list", limit],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/models", { params: { query: { ...cursor, limit } } })),
  });
}

export function useDeleteModel() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE("/api/v1/models/{model_id}", { params: { path: { model_id: id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["models", "list"] }),
  });
}

export function modelFileUrl(modelId: string, name: string): string {
  return `/api/v1/models/${encodeURIComponent(modelId)}/files/${encodeURIComponent(name)}`;
}

type Row = Record<string, string | number | null>;

/** A row of a table by column, a text, the base64 text of an image, or the steps of a series. */
export type ModelInput = Row | string | (number | Row)[];

/** Runs the model on one input. */
export function usePredict(modelId: string) {
  return useMutation({
    mutationFn: async (input: ModelInput) => {
      const options = { params: { path: { model_id: modelId } }, body: { inputs: [input] } };
      const { predictions } = await unwrap(api.POST("/api/v1/models/{model_id}/predict", options));
      return predictions[0];
    },
  });
}
