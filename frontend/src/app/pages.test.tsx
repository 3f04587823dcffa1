import { service } from "../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { render, screen, waitFor } from "@testing-library/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { Suspense } from "react";
import { MemoryRouter, type RouteObject, useRoutes } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueryClient } from "./queries.ts";
import { routes } from "./routes.tsx";

// There is no canvas here; what charts draw is tried in a real browser.
vi.mock("../charts/Plot.tsx", () => ({ Plot: () => null }));

beforeEach(() => {
  vi.stubGlobal(
    "EventSource",
    class {
      addEventListener = () => undefined;
      close = () => undefined;
    },
  );
});

afterEach(() => {
  service.forget();
  vi.unstubAllGlobals();
});

function pathsIn(routes: RouteObject[], above = ""): string[] {
  return routes.flatMap(({ path, index, children }) => {
    const here = path ? `${above}/${path.replace(/^\//, "")}` : above;
    const own = (path || index) && !children ? [here || "/"] : [];
    return [...own, ...pathsIn(children ?? [], here)];
  });
}

function Screens() {
  return <Suspense fallback={null}>{useRoutes(routes)}</Suspense>;
}

/** Opens the page at `path` and waits until nothing is asked any more. */
async function open(path: string) {
  const client = createQueryClient(() => undefined);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <MemoryRouter initialEntries={[path.replace(/:\w+/g, "text").replace("*", "nowhere")]}>
          <Screens />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  expect(await screen.findByRole("heading", { level: 1 }, { timeout: 5_000 })).toBeTruthy();
  await waitFor(() => expect(client.isFetching()).toBe(0), { timeout: 5_000 });
}

describe("every page", () => {
  it.each(pathsIn(routes))(
    "%s asks what the API has, and shows what it answers",
    { timeout: 30_000 },
    async (path) => {
      await open(path);
      expect(service.faults).toEqual([]);
    },
  );
});
