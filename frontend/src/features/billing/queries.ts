import { useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../api/client.ts";
import { usePages } from "../../api/pages.ts";

export type Wallet = Schemas["Wallet"];
export type LedgerTransaction = Schemas["LedgerTransaction"];
export type UsageRecord = Schemas["UsageRecord"];

export function useWallet() {
  return useQuery({
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

export function useLedger() {
  return usePages({
    queryKey: ["billing", "ledger"],
    fetchPage: (cursor) => unwrap(api.GET("/api/v1/ledger", { params: { query: cursor } })),
  });
}
