import { createBrowserRouter } from "react-router";
import { LoginPage } from "../auth/LoginPage.tsx";
import { paths } from "./paths.ts";
import { CrashPage, NotFoundPage } from "./ErrorPages.tsx";
import { Layout } from "./Layout.tsx";
import { operatorRoutes } from "./operatorRoutes.tsx";
import { Start } from "./Start.tsx";
import { Starting } from "./Starting.tsx";

export const router = createBrowserRouter([
  {
    errorElement: <CrashPage />,
    HydrateFallback: Starting,
    children: [
      { path: paths.login, element: <LoginPage /> },
      {
        path: paths.signUp,
        lazy: async () => ({ Component: (await import("../auth/SignUpPage.tsx")).SignUpPage }),
      },
      {
        path: "verify-email/:key",
        lazy: async () => ({ Component: (await import("../auth/VerifyEmailPage.tsx")).VerifyEmailPage }),
      },
      {
        path: paths.forgotPassword,
        lazy: async () => ({ Component: (await import("../auth/PasswordPages.tsx")).ForgotPasswordPage }),
      },
      {
        path: "reset-password/:key",
        lazy: async () => ({ Component: (await import("../auth/PasswordPages.tsx")).ResetPasswordPage }),
      },
      {
        path: "invitations/:key",
        lazy: async () => ({ Component: (await import("../auth/InvitationPage.tsx")).InvitationPage }),
      },
    ],
  },
  {
    element: <Layout />,
    errorElement: <CrashPage />,
    HydrateFallback: Starting,
    children: [
      {
        index: true,
        lazy: async () => {
          const { HomePage } = await import("../features/home/HomePage.tsx");
          return { element: <Start home={<HomePage />} /> };
        },
      },
      {
        path: "data",
        lazy: async () => ({
          Component: (await import("../features/datasets/DatasetsPage.tsx")).DatasetsPage,
        }),
      },
      {
        path: "data/new",
        lazy: async () => ({
          Component: (await import("../features/datasets/NewDatasetPage.tsx")).NewDatasetPage,
        }),
      },
      {
        path: "data/:datasetId",
        lazy: async () => ({ Component: (await import("../features/datasets/DatasetPage.tsx")).DatasetPage }),
      },
      {
        path: "models",
        lazy: async () => ({ Component: (await import("../features/models/ModelsPage.tsx")).ModelsPage }),
      },
      {
        path: "models/:modelId",
        lazy: async () => ({ Component: (await import("../features/models/ModelPage.tsx")).ModelPage }),
      },
      {
        path: "jobs",
        lazy: async () => ({ Component: (await import("../features/jobs/JobsPage.tsx")).JobsPage }),
      },
      {
        path: "jobs/new",
        lazy: async () => ({ Component: (await import("../features/newjob/NewJobPage.tsx")).NewJobPage }),
      },
      {
        path: "jobs/compare",
        lazy: async () => ({ Component: (await import("../features/compare/ComparePage.tsx")).ComparePage }),
      },
      {
        path: "jobs/:jobId",
        lazy: async () => ({ Component: (await import("../features/jobs/JobPage.tsx")).JobPage }),
      },
      {
        path: "billing",
        lazy: async () => ({ Component: (await import("../features/billing/BillingPage.tsx")).BillingPage }),
        children: [
          {
            index: true,
            lazy: async () => ({ Component: (await import("../features/billing/UsageTab.tsx")).UsageTab }),
          },
          {
            path: "ledger",
            lazy: async () => ({
              Component: (await import("../features/billing/LedgerTable.tsx")).LedgerTable,
            }),
          },
          {
            path: "invoices",
            lazy: async () => ({ Component: (await import("../features/billing/Invoices.tsx")).Invoices }),
          },
          {
            path: "plan",
            lazy: async () => ({ Component: (await import("../features/billing/PlanTab.tsx")).PlanTab }),
          },
          {
            path: "budgets",
            lazy: async () => ({ Component: (await import("../features/billing/Budgets.tsx")).Budgets }),
          },
        ],
      },
      {
        path: "billing/invoices/:invoiceId",
        lazy: async () => ({ Component: (await import("../features/billing/InvoicePage.tsx")).InvoicePage }),
      },
      {
        path: "settings",
        lazy: async () => ({
          Component: (await import("../features/settings/SettingsPage.tsx")).SettingsPage,
        }),
        children: [
          {
            index: true,
            lazy: async () => ({
              Component: (await import("../features/settings/OrganizationSettings.tsx")).OrganizationSettings,
            }),
          },
          {
            path: "members",
            lazy: async () => ({ Component: (await import("../features/settings/Members.tsx")).Members }),
          },
          {
            path: "api-keys",
            lazy: async () => ({ Component: (await import("../features/settings/ApiKeys.tsx")).ApiKeys }),
          },
          {
            path: "webhooks",
            lazy: async () => ({
              Component: (await import("../features/webhooks/WebhooksTab.tsx")).WebhooksTab,
            }),
          },
          {
            path: "security",
            lazy: async () => ({ Component: (await import("../features/settings/Security.tsx")).Security }),
          },
          {
            path: "audit-log",
            lazy: async () => ({ Component: (await import("../features/settings/AuditLog.tsx")).AuditLog }),
          },
        ],
      },
      {
        path: "settings/webhooks/:endpointId",
        lazy: async () => ({ Component: (await import("../features/webhooks/WebhookPage.tsx")).WebhookPage }),
      },
      ...operatorRoutes,
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);
