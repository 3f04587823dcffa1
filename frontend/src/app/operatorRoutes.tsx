import type { RouteObject } from "react-router";
import { page } from "./page.tsx";

/** The operators' pages, each loaded when somebody goes there. */
export const operatorRoutes: RouteObject[] = [
  {
    path: "operate/fleet",
    element: page(["operators"], async () => (await import("../features/operators/FleetPage.tsx")).FleetPage),
  },
  {
    path: "operate/queue",
    element: page(["operators"], async () => (await import("../features/operators/QueuePage.tsx")).QueuePage),
  },
  {
    path: "operate/tenants",
    element: page(
      ["operators"],
      async () => (await import("../features/operators/TenantsPage.tsx")).TenantsPage,
    ),
  },
  {
    path: "operate/tenants/:organizationId",
    element: page(
      ["operators"],
      async () => (await import("../features/operators/TenantPage.tsx")).TenantPage,
    ),
  },
  {
    path: "operate/jobs",
    element: page(
      ["operators"],
      async () => (await import("../features/operators/AllJobsPage.tsx")).AllJobsPage,
    ),
  },
  {
    path: "operate/prices",
    element: page(
      ["operators"],
      async () => (await import("../features/operators/PricesPage.tsx")).PricesPage,
    ),
  },
  {
    path: "operate/invoices",
    element: page(
      ["billing", "operators"],
      async () => (await import("../features/operators/InvoicesPage.tsx")).InvoicesPage,
    ),
  },
  {
    path: "operate/dunning",
    element: page(
      ["operators"],
      async () => (await import("../features/operators/DunningPage.tsx")).DunningPage,
    ),
  },
  {
    path: "operate/revenue",
    element: page(
      ["operators"],
      async () => (await import("../features/operators/RevenuePage.tsx")).RevenuePage,
    ),
  },
  {
    path: "operate/health",
    element: page(
      ["operators"],
      async () => (await import("../features/operators/HealthPage.tsx")).HealthPage,
    ),
  },
];
