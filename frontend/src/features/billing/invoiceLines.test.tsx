import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, expect, it, vi } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { InvoicePage } from "./InvoicePage.tsx";

const LINE = {
  position: 1,
  kind: "job",
  description: "Training, job digits (job_1), pool default",
  subject: "job_1",
  job_name: "digits",
  pool: "default",
  quantity: "100",
  unit: "slot-second",
  unit_price: "0.0001",
  price_id: "price_1",
  contract_id: "",
  charged: "0.010000",
  amount: "0.010000",
  late_for: "",
  usage: {
    records: 1,
    first_at: "2026-01-10T00:00:00Z",
    last_at: "2026-01-10T00:00:00Z",
    url: "/api/v1/invoices/inv_1/lines/1/usage",
  },
  disputes: [],
  disputable: "0.010000",
  allowed_actions: ["dispute"],
};
const DISPUTE = {
  id: "dsp_1",
  invoice_id: "inv_1",
  invoice_number: "YARD-1",
  line: 2,
  amount: "0.010000",
  currency: "USD",
  reason: "It stored nothing",
  state: "rejected",
  decision: "It stored 2 GB",
  credit_note_id: null,
  created_at: "2026-02-01T00:00:00Z",
  decided_at: "2026-02-02T00:00:00Z",
};
const STORAGE = {
  ...LINE,
  position: 2,
  kind: "storage",
  description: "Storage of datasets",
  job_name: null,
  allowed_actions: [],
};

afterEach(() => {
  expect(service.faults).toEqual([]);
  service.forget();
});

function show(lines: object[]): void {
  service.answer("GET /api/v1/invoices/inv_1", { id: "inv_1", currency: "USD", lines });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter initialEntries={["/invoices/inv_1"]}>
          <Routes>
            <Route path="/invoices/:invoiceId" element={<InvoicePage />} />
          </Routes>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("calls a line's job by its name, with the id beside it, and all else by what it is", async () => {
  show([LINE, STORAGE]);
  const link = await screen.findByRole("link", { name: "digits" }, { timeout: 5_000 });
  expect(link.getAttribute("href")).toBe("/jobs/job_1");
  expect(screen.getByText(LINE.description)).toBeTruthy();
  expect(screen.getByText("Storage of datasets")).toBeTruthy();
});

it("disputes a line that may be, for a reason and all of it or less", async () => {
  show([LINE, STORAGE]);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Dispute" }, { timeout: 5_000 }));
  const dialog = within(await screen.findByRole("dialog"));
  const amount = dialog.getByLabelText<HTMLInputElement>("Amount (USD)");
  expect(amount.value).toBe("0.010000");
  await user.clear(amount);
  await user.type(amount, "0,005");
  await user.type(dialog.getByLabelText("What is wrong?"), "Broken data");
  await user.click(dialog.getByRole("button", { name: "Open the dispute" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const sent = service.asked.filter(({ call }) => call.startsWith("POST"));
  expect(sent.map(({ call, body }) => [call, body])).toEqual([
    ["POST /api/v1/invoices/inv_1/disputes", { line: 1, reason: "Broken data", amount: "0.005" }],
  ]);
});

it("says beside a line what became of its dispute, and offers none where none is allowed", async () => {
  show([{ ...STORAGE, disputes: [DISPUTE] }]);
  const row = (await screen.findByText("Dispute rejected", {}, { timeout: 5_000 })).closest("tr");
  for (const said of ["$0.01", "It stored nothing", "Answer: It stored 2 GB"]) {
    expect(row?.textContent).toContain(said);
  }
  expect(screen.queryByRole("button", { name: "Dispute" })).toBeNull();
});
