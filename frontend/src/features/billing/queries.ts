import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { idempotent } from "../../api/headers.ts";
import { usePages } from "../../api/pages.ts";

export type Budget = Schemas["Budget"];
export type Invoice = Schemas["Invoice"];
export type InvoiceLine = Invoice["lines"][number];
export type Wallet = Schemas["Wallet"];
export type LedgerTransaction = Schemas["LedgerTransaction"];
export type Plan = Schemas["Plan"];
export type PlanInForce = Schemas["PlanInForce"];
export type UsageSummary = Schemas["UsageSummary"];
export type UsageRecord = Schemas["UsageRecord"];

const DAY_MS = 86_400_000;

export function useWallet(enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["billing", "wallet"],
    queryFn: () => unwrap(api.GET("/api/v1/wallet")),
    refetchInterval: 15_000,
  });
}

export function useUsageRecords() {
  return usePages({
    queryKey: ["billing", "usage"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/usage", { params: { query: cursor } })),
  });
}

/** Usage of the last `days` days. */
export function useUsageSummary(by: "pool" | "job" | "member", days: number) {
  return useQuery({
    queryKey: ["billing", "summary", by, days],
    queryFn: () => {
      const from = new Date(Date.now() - days * DAY_MS).toISOString();
      return unwrap(api.GET("/api/v1/usage/summary", { params: { query: { by, from } } }));
    },
  });
}

export function usePlans() {
  return usePages({
    queryKey: ["billing", "plans"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/plans", { params: { query: cursor } })),
  });
}

export function useOrganizationPlan() {
  return useQuery({
    queryKey: ["billing", "plan"],
    queryFn: () => unwrap(api.GET("/api/v1/organization/plan")),
  });
}

export function useLedger() {
  return usePages({
    queryKey: ["billing", "ledger"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/ledger", { params: { query: cursor } })),
  });
}

export function useInvoices() {
  return usePages({
    queryKey: ["billing", "invoices"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/invoices", { params: { query: cursor } })),
  });
}

export function useInvoice(id: string) {
  return useQuery({
    queryKey: ["billing", "invoices", id],
    queryFn: () => unwrap(api.GET("/api/v1/invoices/{invoice_id}", { params: { path: { invoice_id: id } } })),
  });
}

export const useDisputeLine = (id: string) =>
  useChange((body: { line: number; reason: string; amount: string }) =>
    unwrap(
      api.POST("/api/v1/invoices/{invoice_id}/disputes", {
        params: { path: { invoice_id: id } },
        body,
        ...idempotent(),
      }),
    ),
  );

export function invoiceFileUrl(id: string, kind: "pdf" | "csv" | "journal"): string {
  return `/api/v1/invoices/${encodeURIComponent(id)}/${kind}`;
}

export function useBudgets(enabled = true) {
  return usePages({
    enabled,
    queryKey: ["billing", "budgets"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/budgets", { params: { query: cursor } })),
  });
}

/** Runs a change of money or budgets; all that is shown of them is read anew afterwards. */
function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["billing"] }),
  });
}

export const useTopUp = () =>
  useChange((amount: string) =>
    unwrap(
      api.POST("/api/v1/top-ups", { body: { amount, return_url: window.location.href }, ...idempotent() }),
    ),
  );

/** The most that can be refunded now, as the API says. */
export function useMostRefundable(enabled: boolean) {
  return useQuery({
    enabled,
    queryKey: ["billing", "refunds"],
    queryFn: async () => (await unwrap(api.GET("/api/v1/refunds"))).most_refundable,
  });
}

export const useRefund = () =>
  useChange((amount: string) => unwrap(api.POST("/api/v1/refunds", { body: { amount }, ...idempotent() })));

export const useChoosePlan = () =>
  useChange((plan: string | null) =>
    unwrap(api.POST("/api/v1/organization/plan", { body: { plan }, ...idempotent() })),
  );

export const useCreateBudget = () =>
  useChange((body: { name: string; amount: string; is_hard: boolean }) =>
    unwrap(api.POST("/api/v1/budgets", { body, ...idempotent() })),
  );

export const useDeleteBudget = () =>
  useChange((id: string) =>
    unwrap(api.DELETE("/api/v1/budgets/{budget_id}", { params: { path: { budget_id: id } } })),
  );
