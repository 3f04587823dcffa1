import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";

export type Endpoint = Schemas["WebhookEndpoint"];
export type Delivery = Schemas["Delivery"];
export type DeliveryDetail = Schemas["DeliveryDetail"];
export type Kind = Endpoint["kind"];

const KEY = ["webhooks"];
const at = (endpoint: string) => ({ params: { path: { endpoint_id: endpoint } } });
const atDelivery = (endpoint: string, delivery: string) => ({
  params: { path: { endpoint_id: endpoint, delivery_id: delivery } },
});

/** Runs a change; all that is shown of webhooks is read anew afterwards. */
function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}

export function useEndpoints() {
  return usePages({
    queryKey: [...KEY, "endpoints"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/webhooks/endpoints", { params: { query: cursor } })),
  });
}

export function useEndpoint(id: string) {
  return useQuery({
    queryKey: [...KEY, "endpoints", id],
    queryFn: () => unwrap(api.GET("/api/v1/webhooks/endpoints/{endpoint_id}", at(id))),
  });
}

export function useEventTypes() {
  return useQuery({
    queryKey: [...KEY, "types"],
    queryFn: () => unwrap(api.GET("/api/v1/webhooks/event-types")),
    staleTime: Infinity,
  });
}

export function useDeliveries(endpoint: string) {
  return usePages({
    queryKey: [...KEY, "deliveries", endpoint],
    fetchPage: (cursor) =>
      unwrap(
        api.GET("/api/v1/webhooks/endpoints/{endpoint_id}/deliveries", {
          params: { path: { endpoint_id: endpoint }, query: cursor },
        }),
      ),
    refetchInterval: 5_000,
  });
}

export function useDelivery(endpoint: string, delivery: string) {
  return useQuery({
    queryKey: [...KEY, "deliveries", endpoint, delivery],
    queryFn: () =>
      unwrap(
        api.GET(
          "/api/v1/webhooks/endpoints/{endpoint_id}/deliveries/{delivery_id}",
          atDelivery(endpoint, delivery),
        ),
      ),
  });
}

export interface NewEndpoint {
  kind: Kind;
  address: string;
  events: string[];
  description: string;
}

export const useCreateEndpoint = () =>
  useChange(({ kind, address, events, description }: NewEndpoint) => {
    const body = { kind, events, description, ...(kind === "email" ? { email: address } : { url: address }) };
    return unwrap(api.POST("/api/v1/webhooks/endpoints", { body: body as never, ...idempotent() }));
  });

export const useEnableEndpoint = (id: string) =>
  useChange((enabled: boolean) =>
    unwrap(api.PATCH("/api/v1/webhooks/endpoints/{endpoint_id}", { ...at(id), body: { enabled } })),
  );

export const useDeleteEndpoint = (id: string) =>
  useChange(() => unwrap(api.DELETE("/api/v1/webhooks/endpoints/{endpoint_id}", at(id))));

export const useRotateSecret = (id: string) =>
  useChange(() =>
    unwrap(
      api.POST("/api/v1/webhooks/endpoints/{endpoint_id}/rotate", { ...at(id), body: {}, ...idempotent() }),
    ),
  );

export const useSendTest = (id: string) =>
  useChange(() =>
    unwrap(api.POST("/api/v1/webhooks/endpoints/{endpoint_id}/test", { ...at(id), ...idempotent() })),
  );

export const useReplay = (id: string) =>
  useChange((delivery: string) =>
    unwrap(
      api.POST("/api/v1/webhooks/endpoints/{endpoint_id}/deliveries/{delivery_id}/replay", {
        ...atDelivery(id, delivery),
        ...idempotent(),
      }),
    ),
  );

export const useReplayFailed = (id: string) =>
  useChange((since: Date) =>
    unwrap(
      api.POST("/api/v1/webhooks/endpoints/{endpoint_id}/replay", {
        ...at(id),
        body: { since: since.toISOString() },
        ...idempotent(),
      }),
    ),
  );
