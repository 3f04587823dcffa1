import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, expect, it } from "vitest";
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
};
const STORAGE = { ...LINE, position: 2, kind: "storage", description: "Storage of datasets", job_name: null };

afterEach(() => {
  expect(service.faults).toEqual([]);
  service.forget();
});

it("calls a line's job by its name, with the id beside it, and all else by what it is", async () => {
  service.answer("GET /api/v1/invoices/inv_1", { lines: [LINE, STORAGE] });
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
  const link = await screen.findByRole("link", { name: "digits" }, { timeout: 5_000 });
  expect(link.getAttribute("href")).toBe("/jobs/job_1");
  expect(screen.getByText(LINE.description)).toBeTruthy();
  expect(screen.getByText("Storage of datasets")).toBeTruthy();
});
