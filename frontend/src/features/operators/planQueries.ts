/** Plans as operators see and give them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";

export function usePlans() {
  return usePages({
    queryKey: ["operate", "plans"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/admin/plans", { params: { query: cursor } })),
  });
}

const organization = (id: string) => ({ params: { path: { organization_id: id } } });

export function useTenantPlan(id: string) {
  return useQuery({
    queryKey: ["operate", "plan", id],
    queryFn: () => unwrap(api.GET("/api/v1/admin/organizations/{organization_id}/plan", organization(id))),
  });
}

export function useSetTenantPlan(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (plan: string | null) =>
      unwrap(
        api.POST("/api/v1/admin/organizations/{organization_id}/plan", {
          ...organization(id),
          body: { plan },
          ...idempotent(),
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["operate"] }),
  });
}
