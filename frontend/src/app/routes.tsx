import { createBrowserRouter } from "react-router";
import { LoginPage } from "../auth/LoginPage.tsx";
import { paths } from "./paths.ts";
import { CrashPage, NotFoundPage } from "./ErrorPages.tsx";
import { Layout } from "./Layout.tsx";
import { Starting } from "./Starting.tsx";

export const router = createBrowserRouter([
  { path: paths.login, element: <LoginPage />, errorElement: <CrashPage /> },
  {
    element: <Layout />,
    errorElement: <CrashPage />,
    HydrateFallback: Starting,
    children: [
      {
        index: true,
        lazy: async () => ({ Component: (await import("../features/home/HomePage.tsx")).HomePage }),
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
