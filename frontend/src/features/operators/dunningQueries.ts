/** Overdue invoices as operators see them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";

export type Stage = Schemas["StageEnum"];

/** A case, with the totals of all pages as they were when it was read. */
export type DunningCase = Schemas["DunningCase"] & { totals: Schemas["OverdueTotal"][] };

const EVERY_MS = 30_000;

export function useDunning(stage: Stage | undefined) {
  const wanted = stage ? { stage } : {};
  return usePages({
    queryKey: ["operate", "dunning", stage],
    fetchPage: async (cursor) => {
      const page = await unwrap(
        api.GET("/api/v1/admin/dunning", { params: { query: { ...cursor, ...wanted } } }),
      );
      return { ...page, data: page.data.map((row): DunningCase => ({ ...row, totals: page.totals })) };
    },
    refetchInterval: EVERY_MS,
  });
}

export function useVoidInvoice() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, reason, reissue }: { id: string; reason: string; reissue: boolean }) =>
      unwrap(
        api.POST("/api/v1/admin/invoices/{invoice_id}/void", {
          params: { path: { invoice_id: id } },
          body: { reason, reissue },
          ...idempotent(),
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["operate"] }),
  });
}
