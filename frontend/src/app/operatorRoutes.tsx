import type { RouteObject } from "react-router";

/** The operators' pages, each loaded when somebody goes there. */
export const operatorRoutes: RouteObject[] = [
  {
    path: "operate/fleet",
    lazy: async () => ({ Component: (await import("../features/operators/FleetPage.tsx")).FleetPage }),
  },
  {
    path: "operate/queue",
    lazy: async () => ({ Component: (await import("../features/operators/QueuePage.tsx")).QueuePage }),
  },
  {
    path: "operate/tenants",
    lazy: async () => ({ Component: (await import("../features/operators/TenantsPage.tsx")).TenantsPage }),
  },
  {
    path: "operate/tenants/:organizationId",
    lazy: async () => ({ Component: (await import("../features/operators/TenantPage.tsx")).TenantPage }),
  },
  {
    path: "operate/jobs",
    lazy: async () => ({ Component: (await import("../features/operators/AllJobsPage.tsx")).AllJobsPage }),
  },
  {
    path: "operate/prices",
    lazy: async () => ({ Component: (await import("../features/operators/PricesPage.tsx")).PricesPage }),
  },
  {
    path: "operate/invoices",
    lazy: async () => ({ Component: (await import("../features/operators/InvoicesPage.tsx")).InvoicesPage }),
  },
  {
    path: "operate/revenue",
    lazy: async () => ({ Component: (await import("../features/operators/RevenuePage.tsx")).RevenuePage }),
  },
  {
    path: "operate/health",
    lazy: async () => ({ Component: (await import("../features/operators/HealthPage.tsx")).HealthPage }),
  },
];
