import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { Quotas } from "./Quotas.tsx";
import { TenantPlan } from "./TenantPlan.tsx";

afterEach(() => {
  expect(service.faults).toEqual([]);
  service.forget();
});

const ORGANIZATION = "/api/v1/admin/organizations/org_1";
/** As everything is called that the document gives a name. */
const NAME = "text";
const QUOTA = {
  pool: NAME,
  weight: 3,
  guaranteed_slots: 2,
  max_running_jobs: 7,
  max_queued_jobs: null,
  used_at: "2026-01-31T12:00:00Z",
  used_slot_seconds: 3600,
};

function show(page: ReactNode) {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>{page}</QueryClientProvider>
    </MantineProvider>,
  );
}

async function choose(label: string, option: string) {
  await userEvent.click(await screen.findByLabelText(label, { selector: "input" }));
  await userEvent.click(await screen.findByRole("option", { name: option }));
}

/** Bodies of the changes that were asked for. */
const sent = (path: string) =>
  service.asked.filter(({ call }) => call === `POST ${ORGANIZATION}${path}`).map(({ body }) => body);

it("a quota of which one figure is changed keeps the others", async () => {
  service.answer(`GET ${ORGANIZATION}/quotas`, { data: [QUOTA], next_cursor: null });
  service.answer(`POST ${ORGANIZATION}/quotas`, { ...QUOTA, guaranteed_slots: 4 });
  show(<Quotas organization="org_1" />);
  await choose("Pool", NAME);
  const guaranteed = await screen.findByLabelText("Guaranteed slots");
  await userEvent.clear(guaranteed);
  await userEvent.type(guaranteed, "4");
  await userEvent.click(screen.getByRole("button", { name: "Set the quota" }));
  expect(sent("/quotas")).toEqual([{ pool: NAME, weight: 3, guaranteed_slots: 4, max_running_jobs: 7 }]);
});

it("a plan is changed once that was confirmed", async () => {
  service.answer(`GET ${ORGANIZATION}/plan`, { plan: null, next_plan: null });
  show(<TenantPlan organization="org_1" />);
  await choose("Put on a plan", NAME);
  await userEvent.click(await screen.findByRole("button", { name: "Keep it" }));
  expect(sent("/plan")).toEqual([]);
  await choose("Put on a plan", NAME);
  await screen.findByText("From None to text.");
  await userEvent.click(screen.getByRole("button", { name: "Change the plan" }));
  expect(sent("/plan")).toHaveLength(1);
});
