import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { api } from "../../api/client.ts";
import { createQueryClient } from "../../app/queries.ts";
import { JobActions } from "./JobActions.tsx";
import type { Job } from "./queries.ts";

afterEach(() => vi.restoreAllMocks());

function show(facts: object) {
  const job = facts as Job;
  const sent = vi.spyOn(api, "POST").mockResolvedValue({ data: job, response: new Response() });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <JobActions job={job} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return sent;
}

it("asks for more time where the longest runtime stopped the job, and sends it", async () => {
  const spec = { limits: { max_runtime_seconds: 3600 } };
  const sent = show({
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
  await waitFor(() => expect(sent).toHaveBeenCalledOnce());
  expect(sent.mock.calls[0]?.[1]).toMatchObject({ body: { max_runtime_seconds: 5400 } });
});

it("resumes at once what was paused otherwise", async () => {
  const sent = show({
    id: "job_1",
    state: "paused",
    allowed_actions: ["resume", "cancel"],
    reason: "user_paused",
    spec: {},
  });
  fireEvent.click(screen.getByRole("button", { name: "Resume" }));
  await waitFor(() => expect(sent).toHaveBeenCalledOnce());
  expect(sent.mock.calls[0]?.[1]).toMatchObject({ body: {} });
});
