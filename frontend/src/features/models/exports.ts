import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import type { Model } from "./queries.ts";

export type ModelExport = Schemas["ModelExport"];

const POLL_MS = 2_000;
const TASKS: string[] = ["translation", "sentence_embedding"];

/** Whether other libraries have classes of their own for the network of `model`. */
export function isExportable(model: Model): boolean {
  return (
    model.architecture === "causal_lm" || (model.architecture === "pretrained" && TASKS.includes(model.task))
  );
}

export function exportFileUrl({ model_id, id }: ModelExport, name: string): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `/api/v1/models/${encodeURIComponent(model_id)}/exports/${encodeURIComponent(id)}/files/${path}`;
}

const keyOf = (modelId: string) => ["models", modelId, "exports"];

/** The newest export of a model, followed until it has ended; null where there is none. */
export function useExport(modelId: string) {
  return useQuery({
    queryKey: keyOf(modelId),
    queryFn: async () => {
      const params = { path: { model_id: modelId }, query: { limit: 1 } };
      const page = await unwrap(api.GET("/api/v1/models/{model_id}/exports", { params }));
      return page.data[0] ?? null;
    },
    refetchInterval: ({ state }) =>
      state.data && ["queued", "running"].includes(state.data.state) ? POLL_MS : false,
  });
}

export function useCreateExport(modelId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/models/{model_id}/exports", {
          params: { path: { model_id: modelId } },
          body: { format: "merged" },
          ...idempotent(),
        }),
      ),
    onSuccess: (made) => queryClient.setQueryData(keyOf(modelId), made),
  });
}
