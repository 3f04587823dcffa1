import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { sampleOf } from "../../testing/sample.ts";
import { InvoicesPage } from "./InvoicesPage.tsx";

const INVOICE = {
  ...(sampleOf({ $ref: "#/components/schemas/AdminInvoice" }) as object),
  id: "inv_1",
  number: "YARD-000001",
  total: "10.000000",
  due: "8.000000",
  paid: "3.000000",
  credited: "1.500000",
  state: "finalized",
  currency: "USD",
};

function show(allowed: string[]) {
  service.answer("GET /api/v1/admin/invoices", {
    data: [{ ...INVOICE, allowed_actions: allowed }],
    next_cursor: null,
  });
  service.answer("GET /api/v1/admin/disputes", { data: [], next_cursor: null });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter>
          <InvoicesPage />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

beforeEach(() => service.forget());
afterEach(() => expect(service.faults).toEqual([]));

const amount = () => screen.findByLabelText<HTMLInputElement>("Amount (USD)", { selector: "input" });

async function correct(label: string) {
  await userEvent.click(await screen.findByRole("button", { name: "Actions on YARD-000001" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: label }));
}

it("a payment of what is left of an invoice is suggested", async () => {
  show(["pay", "credit"]);
  await userEvent.click(await screen.findByRole("button", { name: "Enter a payment" }));
  expect((await amount()).value).toBe("5.000000");
});

it("a credit note over what is left of it is suggested, and written with its reason", async () => {
  show(["pay", "credit"]);
  await correct("Write a credit note");
  const field = await amount();
  expect(field.value).toBe("8.500000");
  await userEvent.clear(field);
  await userEvent.type(field, "2,00");
  await userEvent.type(screen.getByLabelText("Reason"), "Slow for a day");
  await userEvent.click(screen.getByRole("button", { name: "Write a credit note" }));
  const sent = service.asked.filter(({ call }) => call.startsWith("POST"));
  expect(sent.map(({ call, body }) => [call, body])).toEqual([
    ["POST /api/v1/admin/invoices/inv_1/credit-notes", { amount: "2.00", reason: "Slow for a day" }],
  ]);
});

it("only what the service allows is offered", async () => {
  show(["void"]);
  await correct("Make void");
  await screen.findByText("Make YARD-000001 void");
  expect(screen.queryByRole("button", { name: "Enter a payment" })).toBeNull();
});
