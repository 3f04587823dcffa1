import type { RouteObject } from "react-router";
import { page } from "./page.tsx";

/** Data and models, each with the tabs of its page. */
export const dataRoutes: RouteObject[] = [
  {
    path: "data",
    element: page(
      ["data", "dataTerms"],
      async () => (await import("../features/datasets/DatasetsPage.tsx")).DatasetsPage,
    ),
  },
  {
    path: "data/new",
    element: page(
      ["data", "dataTerms"],
      async () => (await import("../features/datasets/NewDatasetPage.tsx")).NewDatasetPage,
    ),
  },
  {
    path: "data/:datasetId",
    element: page(
      ["data", "dataTerms"],
      async () => (await import("../features/datasets/DatasetPage.tsx")).DatasetPage,
    ),
    children: [
      {
        index: true,
        element: page(
          ["data", "dataTerms", "results"],
          async () => (await import("../features/datasets/tabs/Overview.tsx")).Overview,
        ),
      },
      {
        path: "preview",
        element: page(
          ["data", "dataTerms"],
          async () => (await import("../features/datasets/tabs/PreviewTab.tsx")).PreviewTab,
        ),
      },
      {
        path: "versions",
        element: page(
          ["data", "dataTerms"],
          async () => (await import("../features/datasets/tabs/Versions.tsx")).Versions,
        ),
      },
      {
        path: "problems",
        element: page(
          ["data", "dataTerms"],
          async () => (await import("../features/datasets/tabs/ProblemsTab.tsx")).ProblemsTab,
        ),
      },
      {
        path: "jobs",
        element: page(
          ["data", "dataTerms", "jobs"],
          async () => (await import("../features/datasets/tabs/Jobs.tsx")).Jobs,
        ),
      },
    ],
  },
  {
    path: "models",
    element: page(["models"], async () => (await import("../features/models/ModelsPage.tsx")).ModelsPage),
  },
  {
    path: "models/:modelId",
    element: page(["models"], async () => (await import("../features/models/ModelPage.tsx")).ModelPage),
    children: [
      {
        index: true,
        element: page(
          ["models", "verdict"],
          async () => (await import("../features/models/tabs/Overview.tsx")).Overview,
        ),
      },
      {
        path: "results",
        element: page(
          ["models", "results"],
          async () => (await import("../features/models/tabs/Results.tsx")).Results,
        ),
      },
      {
        path: "try",
        element: page(
          ["models", "tryModel"],
          async () => (await import("../features/models/tabs/Try.tsx")).Try,
        ),
      },
      {
        path: "files",
        element: page(
          ["models", "tryModel"],
          async () => (await import("../features/models/tabs/Files.tsx")).Files,
        ),
      },
      {
        path: "use",
        element: page(["models"], async () => (await import("../features/models/tabs/Use.tsx")).Use),
      },
      {
        path: "lineage",
        element: page(
          ["models", "jobs"],
          async () => (await import("../features/models/tabs/Lineage.tsx")).Lineage,
        ),
      },
    ],
  },
];
