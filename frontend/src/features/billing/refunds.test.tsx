import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import { api } from "../../api/client.ts";
import { createQueryClient } from "../../app/queries.ts";
import { BillingPage } from "./BillingPage.tsx";

const WALLET = { currency: "USD", available: "30.000000", held: "0.000000", spent: "0.000000" };

/** Answers for a wallet of which `most` can be refunded, to somebody with `permissions`; returns what is sent. */
function serve(most: string, permissions: string[] = ["billing.manage"]) {
  const sent: unknown[] = [];
  vi.spyOn(api, "GET").mockImplementation(((path: string) => {
    const answers: Record<string, object> = {
      "/api/v1/wallet": WALLET,
      "/api/v1/refunds": { data: [], next_cursor: null, most_refundable: most },
      "/api/v1/me": { permissions },
    };
    return Promise.resolve({ data: answers[path] ?? {}, response: new Response() });
  }) as typeof api.GET);
  vi.spyOn(api, "POST").mockImplementation(((path: string, { body }: { body: unknown }) => {
    sent.push([path, body]);
    return Promise.resolve({ data: { data: [] }, response: new Response() });
  }) as typeof api.POST);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter initialEntries={["/billing"]}>
          <BillingPage />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return sent;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("refunds", () => {
  it("offers, shows and sends back the most that the API says, to the last digit", async () => {
    const sent = serve("24.990000");
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Refund" }));
    expect(await screen.findByText(/^Unused paid credit that no job reserves: \$24\.99\./)).toBeTruthy();
    const amount = await screen.findByLabelText<HTMLInputElement>("Amount (USD)");
    expect(amount.value).toBe("24.990000");
    await user.click(screen.getByRole("button", { name: "Send back" }));
    expect(await screen.findByText(/^The refund is on its way\./)).toBeTruthy();
    expect(sent).toEqual([["/api/v1/refunds", { amount: "24.990000" }]]);
  });

  it("is not offered where nothing can be refunded", async () => {
    serve("0.000000");
    expect(await screen.findByRole("button", { name: "Top up" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Refund" })).toBeNull();
  });

  it("is not offered to those who may not", async () => {
    serve("24.990000", ["billing.read"]);
    expect(await screen.findByText("Available")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Refund" })).toBeNull();
    expect(api.GET).not.toHaveBeenCalledWith("/api/v1/refunds");
  });
});
