import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { MemoryRouter } from "react-router";
import { afterEach, expect, it, vi } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { DunningPage } from "./DunningPage.tsx";

afterEach(() => {
  expect(service.faults).toEqual([]);
  service.forget();
});

const CASE = {
  invoice_id: "inv_1",
  number: "YARD-000001",
  organization: { id: "org_1", name: "Late Labs" },
  due: "3.000000",
  paid: "0.000000",
  currency: "USD",
  due_since: "2026-04-15T00:00:00Z",
  stage: "retrying",
  next_step: { action: "no_new_jobs", at: "2026-04-23T00:00:00Z" },
  charge_pending_since: null,
  last_failure: { message: "Your card was declined.", at: "2026-04-22T00:00:00Z" },
};
const TOTALS = [{ currency: "USD", amount: "8.000000", invoices: 2, organizations: 1 }];

const LIST = "GET /api/v1/admin/dunning";

/** Shows the page over `rows`. */
function show(rows: object[], address = "/operate/dunning"): HTMLElement {
  service.answer(LIST, { data: rows, next_cursor: null, totals: rows.length ? TOTALS : [] });
  return draw(address);
}

function draw(address = "/operate/dunning"): HTMLElement {
  const { container } = render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter initialEntries={[address]}>
          <DunningPage />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return container;
}

async function cells(number: string): Promise<string[]> {
  const row = (await screen.findByText(number)).closest("tr");
  return [...(row?.cells ?? [])].map(({ textContent }) => textContent);
}

it("shows who owes what since when, what follows, and why the last charge failed", async () => {
  const container = show([CASE, { ...CASE, invoice_id: "inv_2", number: "YARD-000002", due: "5.000000" }]);
  const [tenant, number, due, , stage, next, failure] = await cells("YARD-000001");
  expect([tenant, number, due, stage]).toEqual(["Late Labs", "YARD-000001", "$3.00", "Charging again"]);
  expect(next).toMatch(/^No new jobs start.*2026/);
  expect(failure).toMatch(/^Your card was declined\..*2026/);
  expect(screen.getByText("$8.00")).toBeTruthy();
  expect(screen.getByText("Invoices: 2 · Organizations: 1")).toBeTruthy();
  const time = container.querySelector('time[datetime="2026-04-23T00:00:00Z"]');
  expect(time?.getAttribute("title")).toMatch(/23.*UTC$/);
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

it("says that a charge is pending, that only a reminder goes out, and that nothing is left to do", async () => {
  show([
    { ...CASE, number: "A", charge_pending_since: "2026-04-22T00:00:00Z" },
    { ...CASE, invoice_id: "inv_2", number: "B", next_step: { ...CASE.next_step, action: "remind" } },
    { ...CASE, invoice_id: "inv_3", number: "C", stage: "jobs_stopped", next_step: null, last_failure: null },
  ]);
  expect((await cells("A"))[5]).toMatch(/^Waits for the answer to a charge/);
  expect((await cells("B"))[5]).toMatch(/^A reminder; no payment method is saved/);
  expect((await cells("C")).slice(4, 7)).toEqual(["Jobs stopped", "None left; it ends once it is paid", ""]);
});

it("narrows the list to the stage in its address", async () => {
  show([], "/operate/dunning?stage=no_new_jobs");
  expect(await screen.findByText("Nothing is overdue")).toBeTruthy();
  expect(service.asked.map(({ query }) => query)).toEqual([{ stage: "no_new_jobs" }]);
});

it("says that it loads, then why it could not be read", async () => {
  const refusal = { code: "permission_denied", title: "Not allowed", detail: "Only operators may." };
  service.answer(LIST, { status: 403, ...refusal }, 403);
  draw();
  expect(screen.getByLabelText("Loading")).toBeTruthy();
  expect(await screen.findByText(/Only operators may\./)).toBeTruthy();
});

it("enters a payment of what is left, and makes an invoice void for a reason", async () => {
  show([CASE]);
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Enter a payment" }));
  let dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByLabelText<HTMLInputElement>("Amount (USD)").value).toBe("3.000000");
  await user.type(dialog.getByLabelText("Reference"), "transfer-1");
  await user.click(dialog.getByRole("button", { name: "Enter a payment" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await user.click(screen.getByRole("button", { name: "Make void" }));
  dialog = within(await screen.findByRole("dialog"));
  await user.type(dialog.getByLabelText("Reason"), "Wrong address");
  await user.click(dialog.getByRole("checkbox"));
  await user.click(dialog.getByRole("button", { name: "Make void" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const sent = service.asked.filter(({ call }) => call.startsWith("POST"));
  expect(sent.map(({ call, body }) => [call, body])).toEqual([
    ["POST /api/v1/admin/invoices/inv_1/pay", { amount: "3.000000", reference: "transfer-1" }],
    ["POST /api/v1/admin/invoices/inv_1/void", { reason: "Wrong address", reissue: true }],
  ]);
});

it("offers no void of an invoice that is paid in part: the API would refuse", async () => {
  show([{ ...CASE, paid: "1.000000" }]);
  expect(await screen.findByRole("button", { name: "Enter a payment" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Make void" })).toBeNull();
});
