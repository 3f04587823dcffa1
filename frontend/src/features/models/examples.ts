import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { ApiProblem } from "../../api/problem.ts";
import { t } from "../../i18n/index.ts";

export type ExampleRow = Schemas["TestRow"] & { example: Schemas["TestExample"] };

const AT_ONCE = 24;

const isThere = (row: Schemas["TestRow"]): row is ExampleRow => row.example !== null;

/** Gives one row of the test set after the other to `onExample`. They are fetched when the first is asked for. */
export function useNextExample(modelId: string, onExample: (row: ExampleRow) => void) {
  const queryClient = useQueryClient();
  const given = useRef(0);
  return useMutation({
    mutationFn: async () => {
      const options = {
        params: { path: { model_id: modelId }, query: { order: "as_stored" as const, limit: AT_ONCE } },
      };
      const { data } = await queryClient.query({
        queryKey: ["models", modelId, "examples"],
        queryFn: () => unwrap(api.GET("/api/v1/models/{model_id}/test-rows", options)),
        staleTime: Infinity,
      });
      const rows = data.filter(isThere);
      const next = rows[given.current % rows.length];
      if (!next)
        throw new ApiProblem(t("tryModel.noExamples"), 0, "no_examples", t("tryModel.noExamplesHint"));
      given.current += 1;
      return next;
    },
    onSuccess: onExample,
  });
}
