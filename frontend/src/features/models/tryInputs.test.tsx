import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api, type Schemas } from "../../api/client.ts";
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
const SERIES = { kind: "series", target: "load", time: "day", channels: [{ ...NUMBER, name: "load" }] };
const ROW = {
  row: 7,
  truth: "setosa",
  example: { cells: { length: 5.1, seen: "1970-01-01T12:00:00+00:00", colour: null } },
};

/** Answers by the last part of the address. */
function answer(answers: Record<string, unknown>) {
  vi.spyOn(api, "GET").mockImplementation(((path: string) => {
    const data = answers[path.split("/").at(-1) ?? ""];
    return Promise.resolve({ data, response: new Response() });
  }) as typeof api.GET);
}

function show(content: ReactNode) {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={createQueryClient(() => undefined)}>{content}</QueryClientProvider>
    </MantineProvider>,
  );
  return userEvent.setup();
}

const version = (profile: unknown) => ({ state: "ready", profile: { profile } }) as Schemas["DatasetVersion"];

function fileInput(): HTMLInputElement {
  const found = document.querySelector<HTMLInputElement>("input[type=file]");
  if (!found) throw new Error("there is no input for a file");
  return found;
}

beforeEach(() => vi.restoreAllMocks());
afterEach(() => Reflect.deleteProperty(navigator, "mediaDevices"));

it("tells beside each field what training met there, and takes a row of the test set", async () => {
  answer({ "{version}": version(TABLE), "test-rows": { data: [{ ...ROW, example: null }, ROW] } });
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
  expect(onPredict).toHaveBeenLastCalledWith({ ...ROW.example.cells });
});

it("says that there is no test row where the data are gone", async () => {
  answer({ "{version}": version(TABLE), "test-rows": { data: [] } });
  const user = show(<RowForm model={MODEL} busy={false} onPredict={vi.fn()} />);
  await user.click(await screen.findByRole("button", { name: "Take a row of the test set" }));
  expect((await screen.findByRole("alert")).textContent).toContain(
    "There is no row of the test set to show.",
  );
});

it("takes the steps of a series from a CSV file, and says what was read", async () => {
  answer({ "{version}": version(SERIES), preview: { rows: [{ load: 1 }, { load: 2 }] } });
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
