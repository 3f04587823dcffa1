import { service } from "../../testing/service.ts";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiProblem } from "../../api/problem.ts";
import * as uploads from "../../api/upload.ts";
import type { DatasetVersion } from "./queries.ts";
import { UploadData } from "./UploadData.tsx";

afterEach(() => {
  const faults = [...service.faults];
  service.forget();
  vi.restoreAllMocks();
  expect(faults).toEqual([]);
});

type Sent = Parameters<typeof uploads.startUpload>[0];

const CONTROLS = { pause: vi.fn(), resume: vi.fn(), stop: vi.fn(() => Promise.resolve()) };

/** Catches what is sent; the upload does what `act` says. */
function catchUpload(act: (sent: Sent) => void) {
  return vi.spyOn(uploads, "startUpload").mockImplementation((sent) => {
    act(sent);
    return CONTROLS;
  });
}

function show() {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <UploadData onReady={() => undefined} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const task = () => screen.getByLabelText<HTMLInputElement>("What to learn", { selector: "input" });
const chooseFile = async (name: string, content = "x,y\n1,2") => {
  await userEvent.upload(screen.getByLabelText("Data file"), new File([content], name));
  await screen.findByLabelText("Dataset name");
};
const upload = () => userEvent.click(screen.getByRole("button", { name: "Upload and check" }));
const problem = (message: string) => new ApiProblem(message, 413, "too_large");

const REJECTED: DatasetVersion = {
  id: "dsv_1",
  dataset_id: "ds_1",
  number: 1,
  state: "rejected",
  filename: "iris.csv",
  bytes: 7,
  sha256: "",
  rows: null,
  created_at: "2026-01-01T00:00:00Z",
  validated_at: "2026-01-01T00:00:01Z",
  profile: null,
  problems: ["1.5", "2.5", "3.5", "4.5"].map((name) => ({
    file: null,
    row: null,
    column: "y",
    code: "class_too_small",
    message: `Class '${name}' has 1 of the 3 rows it needs.`,
  })),
  problems_omitted: 0,
  allowed_actions: [],
  warnings: [],
};

describe("choosing data", () => {
  it("reads from the file what it is for, and says so until a choice is made by hand", async () => {
    show();
    await chooseFile("iris.csv");
    expect(task().value).toBe("Classify rows of a table");
    expect(screen.getByText(/^Read from the file/)).toBeTruthy();

    await userEvent.click(task());
    await userEvent.click(await screen.findByRole("option", { name: "Predict numbers from a table" }));
    expect(screen.queryByText(/^Read from the file/)).toBeNull();
  });

  it("offers all columns whatever is chosen, and predicts a number where there are many", async () => {
    show();
    const rows = Array.from({ length: 30 }, (_, index) => `${index * 2},${index * 1.5},z`);
    await chooseFile("homes.csv", ["size,price,town", ...rows].join("\n"));
    expect(task().value).toBe("Predict numbers from a table");
    await userEvent.click(task());
    await userEvent.click(await screen.findByRole("option", { name: "Translate texts" }));
    await userEvent.click(screen.getByLabelText("Column of texts", { selector: "input" }));
    expect((await screen.findAllByRole("option")).map(({ textContent }) => textContent)).toEqual([
      "size",
      "price",
      "town",
    ]);
  });

  it("sends several columns to predict, or what stands between the labels of one", async () => {
    const sent = catchUpload(({ onError }) => onError(problem("No.")));
    const options = () => {
      const into = sent.mock.lastCall?.[0].into;
      return into && "options" in into ? into.options : undefined;
    };
    show();
    await chooseFile("homes.csv");
    await userEvent.type(screen.getByLabelText("Separator of labels (optional)"), ";");
    await upload();
    expect(options()).toEqual({ target: "y", label_separator: ";" });

    const targets = screen.getByLabelText("Column to predict", { selector: "input" });
    await userEvent.type(targets, "x{Enter}");
    expect(screen.queryByLabelText("Separator of labels (optional)")).toBeNull();
    await upload();
    expect(options()).toEqual({ targets: ["y", "x"] });
  });
});

describe("an upload", () => {
  it("is paused, goes on, and is stopped", async () => {
    catchUpload(({ onProgress }) => onProgress(0.25));
    show();
    await chooseFile("iris.csv");
    await upload();
    expect(await screen.findByText("25 % of 7 B")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Pause" }));
    expect(CONTROLS.pause).toHaveBeenCalled();
    expect(screen.getByText(/^Paused at 25 %/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Resume" }));
    expect(CONTROLS.resume).toHaveBeenCalled();
    await userEvent.click(screen.getByRole("button", { name: "Stop" }));
    expect(CONTROLS.stop).toHaveBeenCalled();
    expect(await screen.findByText("The upload was stopped.")).toBeTruthy();
  });

  it("that is refused says why", async () => {
    catchUpload(({ onError }) => onError(problem("Too large.")));
    show();
    await chooseFile("iris.csv");
    await upload();
    expect(await screen.findByText("Too large.")).toBeTruthy();
  });

  it("that is rejected tells each kind of problem once, and what to learn instead", async () => {
    catchUpload(({ onDone }) => onDone(REJECTED));
    service.answer("GET /api/v1/datasets/ds_1/versions/dsv_1", REJECTED);
    service.answer("GET /api/v1/datasets/ds_1", { id: "ds_1", versions: [REJECTED] });
    show();
    await chooseFile("iris.csv");
    await upload();
    expect(await screen.findByText(/Classes with too few rows/)).toBeTruthy();
    expect(screen.getByText("4 times")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Discard" })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Predict numbers from a table instead?" }));
    expect(task().value).toBe("Predict numbers from a table");
    expect(screen.queryByText(/Classes with too few rows/)).toBeNull();
  });
});
