import { service } from "../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { onlineManager, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { api, unwrap } from "../api/client.ts";
import { Loaded } from "../components/Loaded.tsx";
import { createQueryClient } from "./queries.ts";
import { Unanswered } from "./Unanswered.tsx";

const NOTICE = "The service does not answer. What you see may be old; this page goes on by itself.";
const WALLET = "GET /api/v1/wallet";
const ME = "GET /api/v1/me";

afterEach(() => {
  vi.useRealTimers();
  onlineManager.setOnline(true);
  service.forget();
});

function Wallet() {
  const wallet = useQuery({
    queryKey: ["wallet"],
    queryFn: () => unwrap(api.GET("/api/v1/wallet")),
    retry: false,
    staleTime: Infinity,
  });
  return <Loaded query={wallet}>{({ available }) => <p>balance {available}</p>}</Loaded>;
}

async function showWallet() {
  const client = createQueryClient(() => undefined);
  service.answer(WALLET, { available: "1.000000" });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <Unanswered />
        <Wallet />
      </QueryClientProvider>
    </MantineProvider>,
  );
  expect(await screen.findByText("balance 1.000000")).toBeTruthy();
  expect(screen.queryByRole("status")).toBeNull();
  return client;
}

it.each([
  [
    "its database does not answer",
    () => Response.json({ code: "database_unavailable", detail: "No." }, { status: 503 }),
  ],
  ["the proxy finds nobody", () => new Response("<h1>Bad gateway</h1>", { status: 502 })],
  ["there is no connection", () => Response.error()],
])("says quietly that the service is away when %s, and goes on by itself", async (_why, away) => {
  const client = await showWallet();
  vi.useFakeTimers({ shouldAdvanceTime: true });
  service.answer(WALLET, away);
  service.answer(ME, away);
  await act(() => client.refetchQueries());

  expect((await screen.findByRole("status")).textContent).toBe(NOTICE);
  expect(screen.getByText("balance 1.000000")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();

  service.answer(WALLET, { available: "2.000000" });
  service.answer(ME, {});
  await act(() => vi.advanceTimersByTimeAsync(3_000));
  expect(await screen.findByText("balance 2.000000")).toBeTruthy();
  await waitFor(() => expect(screen.queryByRole("status")).toBeNull());
});

it("leaves it to the page to say what else went wrong", async () => {
  const client = await showWallet();
  service.answer(WALLET, { code: "payment_provider_unavailable", detail: "Not now." }, 503);
  await act(() => client.refetchQueries());
  expect((await screen.findByRole("alert")).textContent).toContain("Not now.");
  expect(screen.queryByRole("status")).toBeNull();
});
