import { createBrowserRouter, Navigate } from "react-router";
import { LoginPage } from "../auth/LoginPage.tsx";
import { CrashPage, NotFoundPage } from "./ErrorPages.tsx";
import { Layout } from "./Layout.tsx";
import { Starting } from "./Starting.tsx";

export const router = createBrowserRouter([
  { path: "/login", element: <LoginPage />, errorElement: <CrashPage /> },
  {
    element: <Layout />,
    errorElement: <CrashPage />,
    HydrateFallback: Starting,
    children: [
      { index: true, element: <Navigate to="/jobs" replace /> },
      {
        path: "jobs",
        lazy: async () => ({ Component: (await import("../features/jobs/JobsPage.tsx")).JobsPage }),
      },
      {
        path: "jobs/new",
        lazy: async () => ({ Component: (await import("../features/newjob/NewJobPage.tsx")).NewJobPage }),
      },
      {
        path: "jobs/:jobId",
        lazy: async () => ({ Component: (await import("../features/jobs/JobPage.tsx")).JobPage }),
      },
      {
        path: "billing",
        lazy: async () => ({ Component: (await import("../features/billing/BillingPage.tsx")).BillingPage }),
      },
      {
        path: "settings",
        lazy: async () => ({
          Component: (await import("../features/settings/SettingsPage.tsx")).SettingsPage,
        }),
      },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
]);
