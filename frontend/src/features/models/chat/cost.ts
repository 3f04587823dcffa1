import { useQuery } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "../../../api/client.ts";
import { useWallet } from "../../billing/queries.ts";

type MeterPrice = Schemas["MeterPrice"];

export interface PredictionPrice {
  perCall: number;
  perSecond: number;
  currency: string;
}

/** The one in `currency` that rules at `now`: of each unit the last that has begun. */
export function priceAt(prices: MeterPrice[], currency: string, now: Date): PredictionPrice | null {
  const ruling = (unit: string) =>
    prices
      .filter((price) => price.kind === "predictions" && price.unit === unit && price.currency === currency)
      .filter(({ effective_from: from }) => !from || new Date(from) <= now)
      .sort((a, b) => (a.effective_from ?? "").localeCompare(b.effective_from ?? ""))
      .at(-1);
  const [call, second] = [ruling("call"), ruling("second")];
  if (!call && !second) return null;
  return { perCall: Number(call?.per_unit ?? 0), perSecond: Number(second?.per_unit ?? 0), currency };
}

/** What predictions cost now; null where they are free. */
export function usePredictionPrice() {
  const { currency = "" } = useWallet().data ?? {};
  return useQuery({
    queryKey: ["billing", "meter-prices", currency],
    enabled: currency !== "",
    queryFn: async () => {
      const query = { limit: 200 };
      const { data } = await unwrap(api.GET("/api/v1/meter-prices", { params: { query } }));
      return priceAt(data, currency, new Date());
    },
    staleTime: 60_000,
  });
}
