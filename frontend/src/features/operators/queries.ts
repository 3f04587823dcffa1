/** What operators see and do: every organization, pool, worker, job and price. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";
import type { paths as Paths } from "../../api/schema.d.ts";

export type AdminJob = Schemas["AdminJob"];
export type AdminInvoice = Schemas["AdminInvoice"];
export type AdminWorker = Schemas["AdminWorker"];
export type Dispute = Schemas["AdminDispute"];
export type HealthCheck = Schemas["HealthCheck"];
export type ListPrice = Schemas["ListPrice"];
export type Pool = Schemas["AdminPool"];
export type PoolCapacity = Schemas["PoolCapacity"];
export type PoolQueue = Schemas["PoolQueue"];
export type Quota = Schemas["Quota"];
export type Tenant = Schemas["AdminOrganization"];
export type WorkerAction = AdminWorker["allowed_actions"][number];

export type JobFilter = Omit<
  NonNullable<Paths["/api/v1/admin/jobs"]["get"]["parameters"]["query"]>,
  "cursor" | "limit"
>;

/** How often a page that watches the platform looks again. */
const LIVE_MS = 5_000;
const OPERATE = "operate";
const at = (...parts: unknown[]) => [OPERATE, ...parts];

/** Runs a change; whatever operators see is read anew afterwards. */
function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [OPERATE] }),
  });
}

export function useCapacity(hours: number) {
  return useQuery({
    queryKey: at("capacity", hours),
    queryFn: () => unwrap(api.GET("/api/v1/admin/capacity", { params: { query: { hours } } })),
    refetchInterval: LIVE_MS,
  });
}

export function useWorkers() {
  return usePages({
    queryKey: at("workers"),
    fetchPage: (cursor) =>
      unwrap(api.GET("/api/v1/admin/workers", { params: { query: { ...cursor, limit: 200 } } })),
    refetchInterval: LIVE_MS,
  });
}

const worker = (id: string) => ({ params: { path: { worker_id: id } }, ...idempotent() });

interface WorkerChange {
  id: string;
  action: WorkerAction;
  reason: string;
}

/** One call for each action that the API may allow on a worker. */
const WORKER_CALLS: Record<WorkerAction, (id: string, reason: string) => Promise<AdminWorker>> = {
  cordon: (id, reason) =>
    unwrap(api.POST("/api/v1/admin/workers/{worker_id}/cordon", { ...worker(id), body: { reason } })),
  drain: (id, reason) =>
    unwrap(api.POST("/api/v1/admin/workers/{worker_id}/drain", { ...worker(id), body: { reason } })),
  quarantine: (id, reason) =>
    unwrap(api.POST("/api/v1/admin/workers/{worker_id}/quarantine", { ...worker(id), body: { reason } })),
  remove: (id) => unwrap(api.POST("/api/v1/admin/workers/{worker_id}/remove", worker(id))),
  retest: (id) => unwrap(api.POST("/api/v1/admin/workers/{worker_id}/retest", worker(id))),
  uncordon: (id) => unwrap(api.POST("/api/v1/admin/workers/{worker_id}/uncordon", worker(id))),
};

export const useWorkerAction = () =>
  useChange(({ id, action, reason }: WorkerChange) => WORKER_CALLS[action](id, reason));

export function useQueues() {
  return usePages({
    queryKey: at("queue"),
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/admin/queue", { params: { query: cursor } })),
    refetchInterval: LIVE_MS,
  });
}

export function useWhatIf() {
  return useMutation({
    mutationFn: (body: { pool: string; weights: Record<string, number> }) =>
      unwrap(api.POST("/api/v1/admin/queue/what-if", { body })),
  });
}

export function useTenants(search: string) {
  const wanted = search ? { search } : {};
  return usePages({
    queryKey: at("tenants", search),
    fetchPage: (cursor) =>
      unwrap(api.GET("/api/v1/admin/organizations", { params: { query: { ...cursor, ...wanted } } })),
  });
}

const organization = (id: string) => ({ params: { path: { organization_id: id } } });

export function useTenant(id: string) {
  return useQuery({
    queryKey: at("tenants", "one", id),
    queryFn: () => unwrap(api.GET("/api/v1/admin/organizations/{organization_id}", organization(id))),
  });
}

export function useQuotas(id: string) {
  return usePages({
    queryKey: at("quotas", id),
    fetchPage: (cursor) =>
      unwrap(
        api.GET("/api/v1/admin/organizations/{organization_id}/quotas", {
          params: { path: { organization_id: id }, query: cursor },
        }),
      ),
  });
}

export const useSetQuota = (id: string) =>
  useChange(
    (body: { pool: string; weight: number; guaranteed_slots: number; max_running_jobs: number | null }) =>
      unwrap(
        api.POST("/api/v1/admin/organizations/{organization_id}/quotas", {
          ...organization(id),
          body,
          ...idempotent(),
        }),
      ),
  );

export const useGrantCredit = (id: string) =>
  useChange((amount: string) =>
    unwrap(
      api.POST("/api/v1/admin/organizations/{organization_id}/credits", {
        ...organization(id),
        body: { amount, kind: "promotional" },
        ...idempotent(),
      }),
    ),
  );

export const useSuspend = (id: string) =>
  useChange((suspend: boolean) =>
    unwrap(
      suspend
        ? api.POST("/api/v1/admin/organizations/{organization_id}/suspend", {
            ...organization(id),
            ...idempotent(),
          })
        : api.POST("/api/v1/admin/organizations/{organization_id}/reactivate", {
            ...organization(id),
            ...idempotent(),
          }),
    ),
  );

export const useImpersonate = (id: string) =>
  useMutation({
    mutationFn: (reason: string) =>
      unwrap(
        api.POST("/api/v1/admin/organizations/{organization_id}/impersonation", {
          ...organization(id),
          body: { reason },
        }),
      ),
  });

export function useAllJobs(filter: JobFilter) {
  return usePages({
    queryKey: at("jobs", filter),
    fetchPage: (cursor) =>
      unwrap(api.GET("/api/v1/admin/jobs", { params: { query: { ...cursor, ...filter } } })),
    refetchInterval: LIVE_MS * 2,
  });
}

export function usePools() {
  return usePages({
    queryKey: at("pools"),
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/admin/pools", { params: { query: cursor } })),
  });
}

export function usePriceList() {
  return usePages({
    queryKey: at("prices"),
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/admin/prices", { params: { query: cursor } })),
  });
}

export interface NewPrice {
  pool: string;
  per_slot_second: string;
  preemptible: boolean;
  effective_from: string | null;
}

export const useSetPrice = () =>
  useChange((body: NewPrice) => unwrap(api.POST("/api/v1/admin/prices", { body, ...idempotent() })));

export function useAllInvoices() {
  return usePages({
    queryKey: at("invoices"),
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/admin/invoices", { params: { query: cursor } })),
  });
}

export const usePayInvoice = () =>
  useChange(({ id, amount, reference }: { id: string; amount: string; reference: string }) =>
    unwrap(
      api.POST("/api/v1/admin/invoices/{invoice_id}/pay", {
        params: { path: { invoice_id: id } },
        body: { amount, reference },
        ...idempotent(),
      }),
    ),
  );

export const useCreditInvoice = () =>
  useChange(({ id, amount, reason }: { id: string; amount: string; reason: string }) =>
    unwrap(
      api.POST("/api/v1/admin/invoices/{invoice_id}/credit-notes", {
        params: { path: { invoice_id: id } },
        body: { amount, reason },
        ...idempotent(),
      }),
    ),
  );

export function useDisputes() {
  return usePages({
    queryKey: at("disputes"),
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/admin/disputes", { params: { query: cursor } })),
  });
}

const dispute = (id: string) => ({ params: { path: { dispute_id: id } }, ...idempotent() });

interface Decision {
  id: string;
  approve: boolean;
  decision: string;
  /** What is given back where it is approved. */
  amount: string;
}

export const useDecideDispute = () =>
  useChange(({ id, approve, decision, amount }: Decision) =>
    unwrap(
      approve
        ? api.POST("/api/v1/admin/disputes/{dispute_id}/approve", {
            ...dispute(id),
            body: { decision, amount },
          })
        : api.POST("/api/v1/admin/disputes/{dispute_id}/reject", { ...dispute(id), body: { decision } }),
    ),
  );

export function useRevenue(days: number) {
  return useQuery({
    queryKey: at("revenue", days),
    queryFn: () => unwrap(api.GET("/api/v1/admin/revenue", { params: { query: { days } } })),
  });
}

export function useHealth() {
  return useQuery({
    queryKey: at("health"),
    queryFn: () => unwrap(api.GET("/api/v1/admin/health")),
    refetchInterval: LIVE_MS * 2,
  });
}
