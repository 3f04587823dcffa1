import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { JobActions } from "./JobActions.tsx";
import type { Job } from "./queries.ts";

afterEach(() => service.forget());

const RESUME = "POST /api/v1/jobs/job_1/resume";

/** What was sent to have the job resumed. */
const sent = () => service.asked.filter(({ call }) => call === RESUME).map(({ body }) => body);

function show(facts: object) {
  const job = facts as Job;
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <JobActions job={job} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("asks for more time where the longest runtime stopped the job, and sends it", async () => {
  const spec = { limits: { max_runtime_seconds: 3600 } };
  show({
    id: "job_1",
    state: "paused",
    allowed_actions: ["resume", "cancel"],
    reason: "max_runtime",
    spec,
  });
  fireEvent.click(screen.getByRole("button", { name: "Resume" }));
  const minutes = await screen.findByLabelText("Train for at most, in all (minutes)");
  fireEvent.change(minutes, { target: { value: "90" } });
  fireEvent.click(screen.getByRole("button", { name: "Resume the job" }));
  await waitFor(() => expect(sent()).toEqual([{ max_runtime_seconds: 5400 }]));
  expect(service.faults).toEqual([]);
});

it("resumes at once what was paused otherwise", async () => {
  show({
    id: "job_1",
    state: "paused",
    allowed_actions: ["resume", "cancel"],
    reason: "user_paused",
    spec: {},
  });
  fireEvent.click(screen.getByRole("button", { name: "Resume" }));
  await waitFor(() => expect(sent()).toEqual([{}]));
  expect(service.faults).toEqual([]);
});
