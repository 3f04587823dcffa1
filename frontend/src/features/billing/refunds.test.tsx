import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, describe, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { BillingPage } from "./BillingPage.tsx";

const PATIENT = { timeout: 5_000 };
const WALLET = { currency: "USD", available: "30.000000", held: "0.000000", spent: "0.000000" };

/** Shows a wallet of which `most` can be refunded, to somebody with `permissions`. */
function show(most: string, permissions: string[] = ["billing.manage"]) {
  service.answer("GET /api/v1/wallet", WALLET);
  service.answer("GET /api/v1/refunds", { data: [], next_cursor: null, most_refundable: most });
  service.answer("GET /api/v1/me", { permissions });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter initialEntries={["/billing"]}>
          <BillingPage />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const asked = (call: string) => service.asked.filter((each) => each.call === call);

afterEach(() => {
  expect(service.faults).toEqual([]);
  service.forget();
});

describe("refunds", () => {
  it("offers, shows and sends back the most that the API says, to the last digit", async () => {
    show("24.990000");
    const user = userEvent.setup();
    await user.click(await screen.findByRole("button", { name: "Refund" }, PATIENT));
    expect(await screen.findByText(/^Unused paid credit that no job reserves: \$24\.99\./)).toBeTruthy();
    const amount = await screen.findByLabelText<HTMLInputElement>("Amount (USD)");
    expect(amount.value).toBe("24.990000");
    await user.click(screen.getByRole("button", { name: "Send back" }));
    expect(await screen.findByText(/^The refund is on its way\./)).toBeTruthy();
    expect(asked("POST /api/v1/refunds").map(({ body }) => body)).toEqual([{ amount: "24.990000" }]);
  });

  it("is not offered where nothing can be refunded", async () => {
    show("0.000000");
    expect(await screen.findByRole("button", { name: "Top up" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Refund" })).toBeNull();
  });

  it("is not offered to those who may not", async () => {
    show("24.990000", ["billing.read"]);
    expect(await screen.findByText("Available")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Refund" })).toBeNull();
    expect(asked("GET /api/v1/refunds")).toEqual([]);
  });
});
