import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { JobPage } from "./JobPage.tsx";

afterEach(() => service.forget());

function showRefusedWith(status: number) {
  service.answer("GET /api/v1/jobs/job_unknown", { code: "refused", detail: "No." }, status);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter initialEntries={["/jobs/job_unknown"]}>
          <Routes>
            <Route path="jobs/:jobId" element={<JobPage />} />
          </Routes>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("leads back to the jobs from one that does not exist, and offers no second try", async () => {
  showRefusedWith(404);
  expect(await screen.findByText("There is nothing at this address")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Back to Jobs" }).getAttribute("href")).toBe("/jobs");
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
});

it("offers a second try where that may help", async () => {
  showRefusedWith(429);
  expect(await screen.findByRole("button", { name: "Try again" })).toBeTruthy();
});
