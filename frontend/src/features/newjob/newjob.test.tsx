import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Schemas } from "../../api/client.ts";
import { useSubmit } from "./queries.ts";
import { QuotePanel } from "./QuotePanel.tsx";

afterEach(() => vi.restoreAllMocks());

function show(children: ReactNode) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </MantineProvider>,
  );
}

const QUOTE: Schemas["Quote"] = {
  pool: "default",
  slots: 1,
  per_slot_second: "0.000100000",
  currency: "USD",
  estimate: null,
  cap: "0.250000",
  available: "1.500000",
  limited_by: "max_cost",
  affordable: true,
  stops_early: null,
  tokens: null,
  base: null,
  binding: null,
  speed_profile: null,
  presets: [],
  memory: { needed_bytes: 183_808, slot_bytes: 2 ** 30, fits: true },
  training: {
    examples: 1_200,
    epochs: 53,
    batch_size: 32,
    accumulate: 1,
    schedule: { name: "cosine", warmup_steps: 100, final_fraction: 0 },
  },
};

function Priced({ quote }: { quote: Schemas["Quote"] }) {
  const offer = useQuery({ queryKey: ["quote"], queryFn: () => quote });
  const submit = useSubmit();
  return (
    <QuotePanel
      quote={offer}
      outdated={false}
      submit={submit}
      onSubmit={() => undefined}
      onCap={() => undefined}
    >
      {null}
    </QuotePanel>
  );
}

describe("the quote", () => {
  it.each([
    [true, 1],
    [false, 0],
    [null, 0],
  ])("with stops_early %j warns %d times", async (stops_early, warnings) => {
    show(<Priced quote={{ ...QUOTE, stops_early }} />);
    expect(await screen.findByText("Never more than")).toBeTruthy();
    expect(screen.queryAllByText(/this will stop, with a checkpoint, before it ends/)).toHaveLength(warnings);
  });

  it.each([
    [true, 2 ** 30, /^at the least, of \S+ \S+ that the largest worker has$/],
    [false, 1_000, /batches are computed in smaller parts$/],
    [null, null, /no worker of the pool says/],
  ])("says of memory that fits %j", async (fits, slot_bytes, note) => {
    show(<Priced quote={{ ...QUOTE, memory: { needed_bytes: 183_808, slot_bytes, fits } }} />);
    expect(await screen.findByText(note)).toBeTruthy();
  });

  it("says of a language model what it is and how much it reads", async () => {
    const base = {
      parameters: 1_235_814_400,
      max_context_length: 8_192,
      dtype: "bfloat16",
      stored_bytes: 2_471_628_800,
    };
    show(<Priced quote={{ ...QUOTE, base, tokens: { in_data: 20_000, read: 32_000, longer: 2 } }} />);
    expect(await screen.findByText("1,235,814,400 parameters")).toBeTruthy();
    expect(screen.getByText(/^weights stored as bfloat16, /)).toBeTruthy();
    expect(screen.getByText("32,000")).toBeTruthy();
    expect(screen.getByText(/2 conversations are longer and cut$/)).toBeTruthy();
  });

  it.each([
    ["cost_model", /It may be wrong by a factor of three\.$/],
    ["measured_profile", /a few seconds of this very spec on this pool\.$/],
  ] as const)("says that an estimate was made by %s", async (source, note) => {
    const seconds = { seconds_low: 60, seconds_high: 120 };
    const estimate = { source, basis: "…", ...seconds, cost_low: "0.006000", cost_high: "0.012000" };
    show(<Priced quote={{ ...QUOTE, estimate }} />);
    expect(await screen.findByText(note)).toBeTruthy();
  });

  it.each([
    ["max_cost", /^set by “Spend at most”;/],
    ["max_runtime_seconds", /^set by the longest runtime;/],
  ] as const)("names the limit %s that sets the cap", async (limited_by, note) => {
    show(<Priced quote={{ ...QUOTE, limited_by }} />);
    expect(await screen.findByText(note)).toBeTruthy();
  });
});
