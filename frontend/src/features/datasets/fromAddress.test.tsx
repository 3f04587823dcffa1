import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { QueryClientProvider } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { FromAddress } from "./FromAddress.tsx";
import { filenameOf } from "./imports.ts";

const IMPORT = { id: "imp_1", dataset_id: "ds_1", filename: "flowers.zip", error: null, version_id: null };
const STATE = "GET /api/v1/datasets/ds_1/imports/imp_1";

const PATIENT = { timeout: 10_000 };

afterEach(() => service.forget());

function open(onReady = vi.fn()) {
  service.answer("POST /api/v1/datasets", { id: "ds_1" });
  service.answer("POST /api/v1/datasets/ds_1/imports", {
    ...IMPORT,
    state: "queued",
    bytes: 0,
    total_bytes: null,
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>
        <FromAddress onReady={onReady} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return onReady;
}

function fetchFlowers() {
  fireEvent.change(screen.getByLabelText("Address of the file"), {
    target: { value: "https://data.example.org/flowers.zip?signature=x" },
  });
  fireEvent.click(screen.getByRole("button", { name: "Fetch and check" }));
}

const asked = (call: string) => service.asked.find((each) => each.call === call);

describe("data from an address", () => {
  it("makes a dataset, has the file fetched and follows it until it is checked", async () => {
    service.answer(STATE, { ...IMPORT, state: "finished", bytes: 9, total_bytes: 9, version_id: "dsv_1" });
    service.answer("GET /api/v1/datasets/ds_1/versions/dsv_1", { id: "dsv_1", state: "ready" });
    const onReady = open();
    fetchFlowers();
    await waitFor(() => expect(onReady).toHaveBeenCalled(), PATIENT);
    expect(asked("POST /api/v1/datasets")?.body).toMatchObject({
      name: "flowers",
      task: "image_classification",
    });
    expect(asked("POST /api/v1/datasets/ds_1/imports")?.body).toEqual({
      url: "https://data.example.org/flowers.zip?signature=x",
    });
    expect(service.faults).toEqual([]);
  });

  it("shows how far it is, and stops", async () => {
    service.answer(STATE, { ...IMPORT, state: "fetching", bytes: 250, total_bytes: 1000 });
    open();
    fetchFlowers();
    expect(await screen.findByText(/25 % of/, {}, PATIENT)).toBeTruthy();
    service.answer(STATE, { ...IMPORT, state: "cancelled", bytes: 0, total_bytes: null });
    fireEvent.click(screen.getByRole("button", { name: "Stop" }));
    expect(await screen.findByText(/nothing of the file stays/, {}, PATIENT)).toBeTruthy();
    expect(asked("DELETE /api/v1/datasets/ds_1/imports/imp_1")).toBeTruthy();
  });

  it("says in words why it failed", async () => {
    const error = { code: "source_not_found", message: "The address has no such file.", hint: "Check it." };
    service.answer(STATE, { ...IMPORT, state: "failed", bytes: 0, total_bytes: null, error });
    open();
    fetchFlowers();
    expect(await screen.findByText("The file was not fetched", {}, PATIENT)).toBeTruthy();
    expect(screen.getByText("The address has no such file. Check it.")).toBeTruthy();
  });

  it("leaves no empty dataset of an address that is refused", async () => {
    open();
    const problem = { code: "source_not_allowed", detail: "Not a source.", status: 400 };
    service.answer("POST /api/v1/datasets/ds_1/imports", problem, 400);
    fetchFlowers();
    expect(await screen.findByText("Not a source.", {}, PATIENT)).toBeTruthy();
    expect(asked("DELETE /api/v1/datasets/ds_1")).toBeTruthy();
  });

  it.each([
    ["https://a.example/b/c.csv?x=1#y", "c.csv"],
    ["s3://bucket/key%20one.zip", "key one.zip"],
    ["https://a.example", ""],
    ["https://a.example/%zz", "%zz"],
  ])("calls what is at %s by the end of its path", (url, name) => expect(filenameOf(url)).toBe(name));
});
