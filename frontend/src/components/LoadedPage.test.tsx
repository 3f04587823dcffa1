import { readFileSync } from "node:fs";
import { service } from "../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import type { ComponentType } from "react";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, describe, expect, it } from "vitest";
import { createQueryClient } from "../app/queries.ts";
import { InvoicePage } from "../features/billing/InvoicePage.tsx";
import { DatasetPage } from "../features/datasets/DatasetPage.tsx";
import { JobPage } from "../features/jobs/JobPage.tsx";
import { ModelPage } from "../features/models/ModelPage.tsx";
import { TenantPage } from "../features/operators/TenantPage.tsx";
import { WebhookPage } from "../features/webhooks/WebhookPage.tsx";

afterEach(() => service.forget());

interface Shown {
  kind: string;
  Screen: ComponentType;
  param: string;
  resource: string;
  list: string;
  back: string;
}

const DATASET: Shown = {
  kind: "Dataset",
  Screen: DatasetPage,
  param: "datasetId",
  resource: "datasets",
  list: "/data",
  back: "Data",
};

const SCREENS: Shown[] = [
  DATASET,
  { kind: "Model", Screen: ModelPage, param: "modelId", resource: "models", list: "/models", back: "Models" },
  { kind: "Job", Screen: JobPage, param: "jobId", resource: "jobs", list: "/jobs", back: "Jobs" },
  {
    kind: "Invoice",
    Screen: InvoicePage,
    param: "invoiceId",
    resource: "invoices",
    list: "/billing/invoices",
    back: "Invoices",
  },
  {
    kind: "Tenant",
    Screen: TenantPage,
    param: "organizationId",
    resource: "admin/organizations",
    list: "/operate/tenants",
    back: "Tenants",
  },
  {
    kind: "Endpoint",
    Screen: WebhookPage,
    param: "endpointId",
    resource: "webhooks/endpoints",
    list: "/settings/webhooks",
    back: "Webhooks",
  },
];

function show({ Screen, param, resource }: Shown, status: number) {
  service.answer(`GET /api/v1/${resource}/one`, { code: "refused", detail: "No." }, status);
  document.title = "";
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter initialEntries={["/one"]}>
          <Routes>
            <Route path={`:${param}`} element={<Screen />} />
          </Routes>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const heading = () => screen.getByRole("heading", { level: 1 }).textContent;

describe.each(SCREENS)("the screen of a $kind", (shown) => {
  it("says what it is while it loads, and leads to the others where there is none", async () => {
    show(shown, 404);
    expect(heading()).toBe(shown.kind);
    expect(document.title).toBe(`${shown.kind} · Trainyard`);
    expect(await screen.findByText("There is nothing at this address")).toBeTruthy();
    expect(heading()).toBe(shown.kind);
    const back = screen.getByRole("link", { name: `Back to ${shown.back}` });
    expect(back.getAttribute("href")).toBe(shown.list);
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });

  it("keeps its heading and offers a second try where that may help", async () => {
    show(shown, 429);
    expect(await screen.findByRole("button", { name: "Try again" })).toBeTruthy();
    expect(heading()).toBe(shown.kind);
    expect(document.title).toBe(`${shown.kind} · Trainyard`);
  });
});

it("shows no sign of waiting for the first 300 ms", () => {
  const { container } = show(DATASET, 404);
  expect(container.querySelector(".late [aria-label=Loading]")).toBeTruthy();
  const rule = /\.late \{([^}]*)\}/.exec(readFileSync("src/app/global.css", "utf-8"))?.[1];
  expect(rule).toMatch(/animation: late \d+ms 300ms backwards;/);
});
