import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { MergedWeights } from "./MergedWeights.tsx";

const EXPORTS = "/api/v1/models/mdl_1/exports";
const MADE = {
  id: "mex_1",
  model_id: "mdl_1",
  format: "merged",
  state: "succeeded",
  files: [{ name: "model.safetensors", bytes: 1_000, sha256: "a" }],
  bytes: 1_000,
  error: null,
};

afterEach(() => service.forget());

function show() {
  service.answer("GET /api/v1/me", { permissions: ["models.write"] });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MergedWeights modelId="mdl_1" />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return userEvent.setup();
}

it("asks for them and links to what was made", async () => {
  service.answer(`GET ${EXPORTS}`, { data: [], next_cursor: null });
  service.answer(`POST ${EXPORTS}`, MADE, 201);
  const user = show();
  await user.click(await screen.findByRole("button", { name: "Make merged weights" }));
  const link = await screen.findByRole<HTMLAnchorElement>("link", { name: "model.safetensors" });
  expect(link.getAttribute("href")).toBe(`${EXPORTS}/mex_1/files/model.safetensors`);
  expect(screen.queryByRole("button", { name: "Make merged weights" })).toBeNull();
  expect(service.faults).toEqual([]);
});

it("says why they could not be made, and lets somebody try again", async () => {
  const error = { code: "other_base", message: "The base is another.", hint: "Ask the operator." };
  service.answer(`GET ${EXPORTS}`, {
    data: [{ ...MADE, state: "failed", files: [], error }],
    next_cursor: null,
  });
  show();
  expect(await screen.findByText("The base is another. Ask the operator.")).toBeTruthy();
  expect(await screen.findByRole("button", { name: "Make merged weights" })).toBeTruthy();
});
