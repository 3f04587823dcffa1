import { type Asked, service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { checkCommand } from "../models/VerifyFiles.tsx";
import { AttemptLanes } from "./AttemptLanes.tsx";
import { Logs } from "./Logs.tsx";
import type { Job } from "./queries.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds)).toISOString();
const JOB = { id: "job_1", name: "a", state: "succeeded", created_at: at(0) } as Job;
const ATTEMPT = {
  error_code: "",
  training_started_at: null,
  start_step: 0,
  trained_seconds: 10,
  kept_seconds: 10,
};
const LINE = { slots: 1, unit_price: "0.001", checkpoint: null, seconds: 10 };
const TOTALS = { currency: "USD", amount: "0.010000", billed_seconds: 10, free_seconds: 10 };
const BODIES: Record<string, object> = {
  attempts: {
    data: [
      {
        ...ATTEMPT,
        id: "att_2",
        attempt: 2,
        state: "succeeded",
        reason: "",
        worker: "one",
        claimed_at: at(30),
        ended_at: at(40),
      },
      {
        ...ATTEMPT,
        id: "att_1",
        attempt: 1,
        state: "lost",
        reason: "worker_lost",
        worker: "two",
        claimed_at: at(0),
        ended_at: at(20),
      },
    ],
  },
  usage: {
    data: [
      {
        ...LINE,
        attempt: 1,
        started_at: at(0),
        ended_at: at(10),
        billed: true,
        amount: "0.010000",
        free_reason: null,
      },
      {
        ...LINE,
        attempt: 1,
        started_at: at(10),
        ended_at: at(20),
        billed: false,
        amount: "0.000000",
        free_reason: "not_kept",
      },
    ],
    totals: TOTALS,
  },
  checkpoints: {
    data: [
      { id: "ckp_1", attempt: 1, step: 50, epoch: 1, bytes: 1_000, created_at: at(10), pruned_at: at(15) },
    ],
  },
};

beforeEach(() => {
  // Without a layout nothing is seen: a frame of so many pixels, and lines of so many.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(420);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(22);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
});
afterEach(() => {
  const faults = [...service.faults];
  service.forget();
  vi.restoreAllMocks();
  expect(faults).toEqual([]);
});

const LOGS = "GET /api/v1/jobs/job_1/logs";

/** Has the lines answered that follow from what is asked. */
const answerLogs = (body: (query: Asked["query"]) => object) =>
  service.answer(LOGS, ({ query }: Asked) => {
    const found = body(query);
    return found instanceof Response ? found : { next_cursor: null, ...found };
  });

const askedForLogs = () => service.asked.filter(({ call }) => call === LOGS);

function show(content: ReactNode) {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>{content}</QueryClientProvider>
    </MantineProvider>,
  );
  return userEvent.setup();
}

it("tells by the keyboard who ran the job when, what was free and why, and where it was kept", async () => {
  for (const [part, body] of Object.entries(BODIES))
    service.answer(`GET /api/v1/jobs/job_1/${part}`, { next_cursor: null, ...body });
  const user = show(<AttemptLanes job={JOB} />);
  await screen.findByRole("button", { name: /Checkpoint at step 50/ });
  const lanes = screen.getByRole("group", { name: "Attempts over time" }).textContent;
  expect(lanes).toMatch(/Attempt 1 on two:.*Attempt 2 on one:/);
  await user.tab();
  expect(screen.getByRole("status").textContent).toMatch(/^Billed \$0\.010000: .* s$/);
  await user.tab();
  expect(screen.getByRole("status").textContent).toMatch(/^Free \(/);
  await user.tab();
  expect(screen.getByRole("status").textContent).toMatch(/1\.00 kB.*were deleted/);
  const free = screen.getByRole("button", { name: /^Free/ });
  expect([free.style.left, free.style.width]).toEqual(["25%", "25%"]);
});

const THOUSANDS = Array.from({ length: 5_000 }, (_, number) => ({
  attempt: 1,
  level: "info",
  message: `line ${number}`,
  created_at: at(0),
}));

it("draws of thousands of lines those that are seen, and lets the server search", async () => {
  answerLogs(({ search }) => ({ data: search ? THOUSANDS.slice(0, 1) : THOUSANDS }));
  const user = show(<Logs job={JOB} />);
  expect(await screen.findByText(/line 0$/)).toBeTruthy();
  expect(screen.getByRole("log").textContent.match(/line/g)?.length).toBeLessThan(60);
  await user.type(screen.getByLabelText("Search the logs"), "line 0");
  await waitFor(() => expect(askedForLogs().at(-1)?.query.search).toBe("line 0"));
  await waitFor(() => expect(screen.getByRole("log").textContent.match(/line/g)).toHaveLength(1));
});

it("says that no line is like what was searched, and follows live jobs alone", async () => {
  answerLogs(({ search }) => ({ data: search ? [] : THOUSANDS.slice(0, 2) }));
  const user = show(<Logs job={{ ...JOB, state: "running" }} />);
  const follow = await screen.findByRole("button", { name: "Follow" });
  expect(follow.getAttribute("aria-pressed")).toBe("true");
  await user.click(follow);
  expect(follow.getAttribute("aria-pressed")).toBe("false");
  await user.type(screen.getByLabelText("Search the logs"), "nothing");
  expect(await screen.findByText("No line is like this")).toBeTruthy();
});

it("saves every page of the lines, oldest first", async () => {
  const saved: Blob[] = [];
  vi.stubGlobal(
    "URL",
    Object.assign(URL, {
      createObjectURL: (blob: Blob) => `blob:${saved.push(blob)}`,
      revokeObjectURL: () => undefined,
    }),
  );
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockReturnValue(undefined);
  answerLogs(({ sort, cursor }) => ({
    data: sort && cursor ? THOUSANDS.slice(1, 2) : THOUSANDS.slice(0, 1),
    next_cursor: sort && !cursor ? "next" : null,
  }));
  const user = show(<Logs job={JOB} />);
  await user.click(await screen.findByRole("button", { name: "Download" }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(await saved[0]?.text()).toBe(`${at(0)} 1 info line 0\n${at(0)} 1 info line 1\n`);
});

it("writes a list of hashes that sha256sum checks", () => {
  const files = [{ name: "model.safetensors", bytes: 1, sha256: "ab" }];
  expect(checkCommand(files)).toBe("sha256sum --check <<'END'\nab  model.safetensors\nEND");
});

it("asks once for older lines that cannot be had", async () => {
  answerLogs(({ cursor }) =>
    cursor ? new Response(null, { status: 400 }) : { data: THOUSANDS.slice(0, 2), next_cursor: "next" },
  );
  const user = show(<Logs job={JOB} />);
  expect(await screen.findByText(/line 1$/)).toBeTruthy();
  await waitFor(() => expect(askedForLogs()).toHaveLength(2));
  await user.click(screen.getByRole("log")); // time in which renders would ask again
  expect(askedForLogs()).toHaveLength(2);
});
