import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { ApiProblem } from "../../api/problem.ts";
import { t } from "../../i18n/index.ts";
import type { DatasetVersion } from "./queries.ts";

export type Sample = Schemas["Sample"];

const LOOK_AGAIN_MS = 500;

export function useSamples() {
  return useQuery({
    queryKey: ["samples"],
    queryFn: () => unwrap(api.GET("/api/v1/samples")),
    staleTime: Infinity,
  });
}

/** The version once it was checked. */
async function checked(version: DatasetVersion): Promise<DatasetVersion> {
  const path = { dataset_id: version.dataset_id, version: version.id };
  let found = version;
  while (found.state === "validating") {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    found = await unwrap(api.GET("/api/v1/datasets/{dataset_id}/versions/{version}", { params: { path } }));
  }
  if (found.state === "rejected") throw new ApiProblem(t("home.sampleRejected"), 0, "sample_rejected");
  return found;
}

/** Makes a dataset of a sample, or finds the one made of it before, and waits until it is ready. */
export function useTakeSample() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) =>
      checked(
        await unwrap(api.POST("/api/v1/samples/{name}", { params: { path: { name } }, ...idempotent() })),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["datasets"], exact: true }),
  });
}
