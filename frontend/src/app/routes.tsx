import type { RouteObject } from "react-router";
import { dataRoutes } from "./dataRoutes.tsx";
import { jobRoutes } from "./jobRoutes.tsx";
import { page } from "./page.tsx";
import { paths } from "./paths.ts";
import { NotFoundPage } from "./ErrorPages.tsx";
import { Layout } from "./Layout.tsx";
import { operatorRoutes } from "./operatorRoutes.tsx";
import { Start } from "./Start.tsx";

export const routes: RouteObject[] = [
  {
    children: [
      {
        path: paths.login,
        element: page(["auth"], async () => (await import("../auth/LoginPage.tsx")).LoginPage),
      },
      {
        path: paths.signUp,
        element: page(["auth"], async () => (await import("../auth/SignUpPage.tsx")).SignUpPage),
      },
      {
        path: "verify-email/:key",
        element: page(["auth"], async () => (await import("../auth/VerifyEmailPage.tsx")).VerifyEmailPage),
      },
      {
        path: paths.forgotPassword,
        element: page(["auth"], async () => (await import("../auth/PasswordPages.tsx")).ForgotPasswordPage),
      },
      {
        path: "reset-password/:key",
        element: page(["auth"], async () => (await import("../auth/PasswordPages.tsx")).ResetPasswordPage),
      },
      {
        path: "invitations/:key",
        element: page(["auth"], async () => (await import("../auth/InvitationPage.tsx")).InvitationPage),
      },
    ],
  },
  {
    element: <Layout />,
    children: [
      {
        index: true,
        element: (
          <Start
            home={page(
              ["dataTerms", "home", "jobs", "notices"],
              async () => (await import("../features/home/HomePage.tsx")).HomePage,
            )}
          />
        ),
      },
      ...dataRoutes,
      ...jobRoutes,
      {
        path: "billing",
        element: page(
          ["billing"],
          async () => (await import("../features/billing/BillingPage.tsx")).BillingPage,
        ),
        children: [
          {
            index: true,
            element: page(
              ["billing"],
              async () => (await import("../features/billing/UsageTab.tsx")).UsageTab,
            ),
          },
          {
            path: "ledger",
            element: page(
              ["billing"],
              async () => (await import("../features/billing/LedgerTable.tsx")).LedgerTable,
            ),
          },
          {
            path: "invoices",
            element: page(
              ["billing"],
              async () => (await import("../features/billing/Invoices.tsx")).Invoices,
            ),
          },
          {
            path: "plan",
            element: page(["billing"], async () => (await import("../features/billing/PlanTab.tsx")).PlanTab),
          },
          {
            path: "budgets",
            element: page(["billing"], async () => (await import("../features/billing/Budgets.tsx")).Budgets),
          },
        ],
      },
      {
        path: "billing/invoices/:invoiceId",
        element: page(
          ["billing"],
          async () => (await import("../features/billing/InvoicePage.tsx")).InvoicePage,
        ),
      },
      {
        path: "settings",
        element: page(
          ["settings", "webhooks"],
          async () => (await import("../features/settings/SettingsPage.tsx")).SettingsPage,
        ),
        children: [
          {
            index: true,
            element: page(
              ["settings"],
              async () =>
                (await import("../features/settings/OrganizationSettings.tsx")).OrganizationSettings,
            ),
          },
          {
            path: "members",
            element: page(
              ["settings"],
              async () => (await import("../features/settings/Members.tsx")).Members,
            ),
          },
          {
            path: "api-keys",
            element: page(
              ["settings"],
              async () => (await import("../features/settings/ApiKeys.tsx")).ApiKeys,
            ),
          },
          {
            path: "webhooks",
            element: page(
              ["webhooks"],
              async () => (await import("../features/webhooks/WebhooksTab.tsx")).WebhooksTab,
            ),
          },
          {
            path: "security",
            element: page(
              ["auth", "settings"],
              async () => (await import("../features/settings/Security.tsx")).Security,
            ),
          },
          {
            path: "audit-log",
            element: page(
              ["settings", "webhooks"],
              async () => (await import("../features/settings/AuditLog.tsx")).AuditLog,
            ),
          },
        ],
      },
      {
        path: paths.device.slice(1),
        element: page(
          ["settings"],
          async () => (await import("../features/settings/DevicePage.tsx")).DevicePage,
        ),
      },
      {
        path: "settings/webhooks/:endpointId",
        element: page(
          ["webhooks"],
          async () => (await import("../features/webhooks/WebhookPage.tsx")).WebhookPage,
        ),
      },
      ...operatorRoutes,
      { path: "*", element: <NotFoundPage /> },
    ],
  },
];
