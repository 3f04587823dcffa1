import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, expect, it, vi } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { DatasetActions } from "./DatasetActions.tsx";
import type { DatasetDetail } from "./queries.ts";

const DATASET = {
  id: "ds_01",
  name: "Digits",
  allowed_actions: ["delete", "add_version"],
  versions: [{ id: "dsv_01", allowed_actions: ["train"] }],
} as unknown as DatasetDetail;

afterEach(() => vi.restoreAllMocks());

function show(isNarrow: boolean) {
  const media = { matches: isNarrow, addEventListener: vi.fn(), removeEventListener: vi.fn() };
  vi.spyOn(window, "matchMedia").mockReturnValue(media as unknown as MediaQueryList);
  const onAdd = vi.fn();
  const { container } = render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <MemoryRouter>
          <DatasetActions dataset={DATASET} versionId="dsv_01" onAdd={onAdd} />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
  const names = [...container.querySelectorAll("a, button")].map(
    (each) => each.getAttribute("aria-label") ?? each.textContent,
  );
  return { names, onAdd };
}

it("puts all that can be done in a row, what one came for at its end", () => {
  expect(show(false).names).toEqual(["Delete", "Upload a new version", "Train a model"]);
});

it("begins with what one came for on a phone, and keeps the rest in a menu", async () => {
  const { names, onAdd } = show(true);
  expect(names).toEqual(["Train a model", "More"]);
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "More" }));
  await user.click(await screen.findByRole("menuitem", { name: "Upload a new version" }));
  expect(onAdd).toHaveBeenCalledOnce();
});
