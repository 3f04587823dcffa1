import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { WorkersTable } from "./WorkersTable.tsx";

afterEach(() => {
  expect(service.faults).toEqual([]);
  service.forget();
});

const WORKER = {
  id: "wrk_1",
  name: "host-1",
  pool_id: "pool_1",
  pool: "default",
  state: "active",
  online: true,
  state_reason: "",
  retest_at: null,
  labels: {},
  software: {},
  software_fingerprint: "",
  sandbox: null,
  registered_at: "2026-01-01T00:00:00Z",
  has_room: true,
  slots: 1,
  slots_taken: 0,
  hardware: {},
  last_heartbeat_at: "2026-01-01T00:00:00Z",
  allowed_actions: [],
  pretrained: ["tiny", "photos"],
  pretrained_tasks: { tiny: ["instruction_tuning"] },
  base_models: { tiny: { parameters: 1_000, context: 256, dtype: "bfloat16", stored_bytes: 2_000 } },
};

it("shows of each pretrained model what it can learn and how large it is, as far as its worker told", async () => {
  service.answer("GET /api/v1/admin/workers", { data: [WORKER], next_cursor: null });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <WorkersTable />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const list = await screen.findByRole("list", { name: "Pretrained models on its disk" });
  const [tiny, photos] = [...list.children].map(({ textContent }) => textContent);
  expect(tiny).toMatch(/^tiny .* · 1,000 parameters in bfloat16 · 2.00 kB · 256 tokens of context$/);
  expect(photos).toBe("photos ");
});
