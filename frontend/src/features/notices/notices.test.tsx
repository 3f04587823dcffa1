import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Bell } from "../../app/Bell.tsx";
import { OrganizationSwitcher } from "../../app/OrganizationSwitcher.tsx";
import { createQueryClient } from "../../app/queries.ts";
import type { Me } from "../../auth/me.ts";
import { inWords } from "./sentences.ts";
import type { Notice } from "./queries.ts";

afterEach(() => service.forget());

const notice = (id: string, changes: Partial<Notice>): Notice => ({
  id,
  type: "job.failed",
  object_id: "job_1",
  data: { id: "job_1", name: "penguins", error: { message: "The loss became NaN." } },
  read: false,
  created_at: "2026-01-02T03:04:05Z",
  ...changes,
});

function show(screenful: React.ReactNode) {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter>{screenful}</MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

beforeEach(() => service.answer("GET /api/v1/me", { impersonation: null }));

it("counts what is unread, tells it with a link, and marks it as read", async () => {
  const data = [notice("evt_2", {}), notice("evt_1", { type: "job.succeeded", read: true })];
  service.answer("GET /api/v1/notices", { data, next_cursor: null });
  show(<Bell />);
  fireEvent.click(await screen.findByRole("button", { name: "Notices, 1 unread" }));
  const failed = await screen.findByRole("link", {
    name: /Unread:\s*penguins failed: The loss became NaN\./,
  });
  expect(failed.getAttribute("href")).toBe("/jobs/job_1");
  await waitFor(() =>
    expect(service.asked).toContainEqual(
      expect.objectContaining({ call: "POST /api/v1/notices/read", body: { through: "evt_2" } }),
    ),
  );
  expect(service.faults).toEqual([]);
});

it("says what notices are for where there are none", async () => {
  service.answer("GET /api/v1/notices", { data: [], next_cursor: null });
  show(<Bell />);
  fireEvent.click(await screen.findByRole("button", { name: "Notices" }));
  expect(await screen.findByText(/Nothing has happened yet/)).toBeTruthy();
});

it.each([
  [
    "job.paused",
    { id: "job_1", name: "a", reason: "cap_reached" },
    "a is paused: cost cap reached.",
    "/jobs/job_1",
  ],
  [
    "dataset.version_rejected",
    { id: "dsv_1", dataset_id: "ds_1", filename: "a.csv" },
    "a.csv was rejected. See what to mend.",
    "/data/ds_1/problems?version=dsv_1",
  ],
  [
    "invoice.finalized",
    { id: "inv_1", number: "2026-11-1", total: "12.500000", currency: "USD" },
    "Invoice 2026-11-1 is there: $12.50.",
    "/billing/invoices/inv_1",
  ],
] as const)("tells of %s in words, and leads to it", (type, data, sentence, to) => {
  expect(inWords(notice("evt_1", { type, data }))).toEqual({ sentence, to });
});

it("switches to another organization from the top bar", async () => {
  const organizations = [
    { id: "org_1", name: "Meadow", role: "owner" },
    { id: "org_2", name: "Hill", role: "member" },
  ];
  show(<OrganizationSwitcher me={{ organization: { id: "org_1", name: "Meadow" }, organizations } as Me} />);
  fireEvent.click(screen.getByRole("button", { name: "Organization: Meadow" }));
  fireEvent.click(await screen.findByRole("menuitem", { name: "Hill" }));
  await waitFor(() =>
    expect(service.asked.map(({ call }) => call)).toContain("POST /api/v1/organizations/org_2/switch"),
  );
});
