import type { RouteObject } from "react-router";
import { page } from "./page.tsx";

/** Jobs, and the tabs of the page of one. */
export const jobRoutes: RouteObject[] = [
  {
    path: "jobs",
    element: page(["jobs"], async () => (await import("../features/jobs/JobsPage.tsx")).JobsPage),
  },
  {
    path: "jobs/new",
    element: page(
      ["data", "dataTerms", "newJob"],
      async () => (await import("../features/newjob/NewJobPage.tsx")).NewJobPage,
    ),
  },
  {
    path: "jobs/compare",
    element: page(
      ["charts", "compare", "jobs"],
      async () => (await import("../features/compare/ComparePage.tsx")).ComparePage,
    ),
  },
  {
    path: "jobs/:jobId",
    element: page(["jobs"], async () => (await import("../features/jobs/JobPage.tsx")).JobPage),
    children: [
      {
        index: true,
        element: page(
          ["jobs", "verdict"],
          async () => (await import("../features/jobs/tabs/Overview.tsx")).Overview,
        ),
      },
      {
        path: "results",
        element: page(
          ["jobs", "results"],
          async () => (await import("../features/jobs/tabs/Results.tsx")).Results,
        ),
      },
      {
        path: "model",
        element: page(
          ["models", "tryModel", "results", "jobs"],
          async () => (await import("../features/jobs/tabs/Model.tsx")).Model,
        ),
      },
      {
        path: "charts",
        element: page(
          ["charts", "jobs"],
          async () => (await import("../features/jobs/tabs/Charts.tsx")).Charts,
        ),
      },
      {
        path: "logs",
        element: page(
          ["jobDetails", "jobs"],
          async () => (await import("../features/jobs/tabs/LogsTab.tsx")).LogsTab,
        ),
      },
      {
        path: "timeline",
        element: page(
          ["jobDetails", "jobs"],
          async () => (await import("../features/jobs/tabs/Timeline.tsx")).Timeline,
        ),
      },
      {
        path: "cost",
        element: page(
          ["jobDetails", "jobs"],
          async () => (await import("../features/jobs/tabs/Cost.tsx")).Cost,
        ),
      },
      {
        path: "spec",
        element: page(
          ["jobDetails", "jobs"],
          async () => (await import("../features/jobs/tabs/Spec.tsx")).Spec,
        ),
      },
    ],
  },
];
