import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { createQueryClient } from "../../app/queries.ts";
import { CameraInput } from "./CameraInput.tsx";
import type { Model } from "./queries.ts";
import { RowForm } from "./RowForm.tsx";
import { StepsInput } from "./StepsInput.tsx";

const MODEL = { id: "mdl_1", dataset_id: "ds_1", dataset_version: "dsv_1" } as Model;
const NUMBER = { kind: "numeric", missing: 0, form: "number" } as const;
const TABLE = {
  kind: "table",
  target: "species",
  columns: [
    { ...NUMBER, name: "length", minimum: 4.3, maximum: 7.9, mean: 5.8433 },
    { ...NUMBER, name: "seen", form: "datetime", minimum: 0, maximum: 86_400, mean: 3_600 },
    { kind: "categorical", name: "colour", missing: 0, categories: ["blue", "white"] },
  ],
};
const SERIES = {
  kind: "series",
  target: "load",
  time: "day",
  channels: [{ ...NUMBER, name: "load", minimum: 0, maximum: 9, mean: 4 }],
  steps: 2,
  shortest: 2,
  longest: 2,
};
const CELLS = { length: 5.1, seen: "1970-01-01T12:00:00+00:00", colour: null };
const ROW = {
  row: 7,
  place: {},
  truth: "setosa",
  prediction: "setosa",
  confidence: 1,
  error: null,
  example: { cells: CELLS, png: null, steps: null, text: null, tokens: null, wav: null },
  written: null,
};

const VERSION = "GET /api/v1/datasets/ds_1/versions/dsv_1";
const TEST_ROWS = "GET /api/v1/models/mdl_1/test-rows";

/** Has the version of the data answered with this profile. */
const answerProfile = (profile: object) =>
  service.answer(VERSION, {
    state: "ready",
    profile: { task: "tabular_classification", rows: 150, classes: [], class_counts: [], profile },
  });

function show(content: ReactNode) {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>{content}</QueryClientProvider>
    </MantineProvider>,
  );
  return userEvent.setup();
}

function fileInput(): HTMLInputElement {
  const found = document.querySelector<HTMLInputElement>("input[type=file]");
  if (!found) throw new Error("there is no input for a file");
  return found;
}

afterEach(() => {
  const faults = [...service.faults];
  service.forget();
  Reflect.deleteProperty(navigator, "mediaDevices");
  expect(faults).toEqual([]);
});

it("tells beside each field what training met there, and takes a row of the test set", async () => {
  answerProfile(TABLE);
  service.answer(TEST_ROWS, { data: [{ ...ROW, example: null }, ROW] });
  const onPredict = vi.fn();
  const user = show(<RowForm model={MODEL} busy={false} onPredict={onPredict} />);
  expect(await screen.findByText("Trained on 4.3 to 7.9")).toBeTruthy();
  expect(screen.getByText("Trained on 1970-01-01 to 1970-01-02")).toBeTruthy();
  expect(screen.getByText("blue, white")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Predict" }));
  expect(onPredict).toHaveBeenLastCalledWith({ length: 5.843, seen: "1970-01-01T01:00:00", colour: "blue" });

  await user.click(screen.getByRole("button", { name: "Take a row of the test set" }));
  expect((await screen.findByRole("status")).textContent).toBe("Row 7 of the data, which truly is setosa.");
  await user.click(screen.getByRole("button", { name: "Predict" }));
  expect(onPredict).toHaveBeenLastCalledWith({ ...CELLS });
});

it("says that there is no test row where the data are gone", async () => {
  answerProfile(TABLE);
  service.answer(TEST_ROWS, { data: [] });
  const user = show(<RowForm model={MODEL} busy={false} onPredict={vi.fn()} />);
  await user.click(await screen.findByRole("button", { name: "Take a row of the test set" }));
  expect((await screen.findByRole("alert")).textContent).toContain(
    "There is no row of the test set to show.",
  );
});

it("takes the steps of a series from a CSV file, and says what was read", async () => {
  answerProfile(SERIES);
  service.answer(`${VERSION}/preview`, { rows: [{ load: 1 }, { load: 2 }] });
  const onPredict = vi.fn();
  const user = show(<StepsInput model={MODEL} busy={false} onPredict={onPredict} />);
  const text = await screen.findByLabelText("Steps, oldest first");
  await user.type(text, "day,heat\n1,2");
  expect(screen.getByText("There is no column load.")).toBeTruthy();

  const file = new File(["day,load\n2026-01-01,3\n2026-01-02,4\n"], "load.csv");
  await user.upload(fileInput(), file);
  expect((await screen.findByText(/^2 steps/)).textContent).toBe("2 steps from 2026-01-01 to 2026-01-02");
  await user.click(screen.getByRole("button", { name: "Predict" }));
  expect(onPredict).toHaveBeenLastCalledWith([
    { day: "2026-01-01", load: "3" },
    { day: "2026-01-02", load: "4" },
  ]);
  await user.click(screen.getByRole("button", { name: "Take some steps of the data" }));
  await user.click(screen.getByRole("button", { name: "Predict" }));
  expect(onPredict).toHaveBeenLastCalledWith([{ load: "1" }, { load: "2" }]);
});

it.each([
  ["NotAllowedError", "This page may not use the camera."],
  ["NotFoundError", "No camera was found."],
  ["NotReadableError", "The device cannot be used at the moment; another program may have it."],
])("says in a sentence that there is no camera: %s", async (name, sentence) => {
  const getUserMedia = () => Promise.reject(new DOMException("", name));
  Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia }, configurable: true });
  show(<CameraInput busy={false} onTaken={vi.fn()} />);
  expect((await screen.findByRole("alert")).textContent).toContain(sentence);
});

it("says why a page over plain http has no camera", async () => {
  show(<CameraInput busy={false} onTaken={vi.fn()} />);
  expect((await screen.findByRole("alert")).textContent).toContain("come over https");
});
