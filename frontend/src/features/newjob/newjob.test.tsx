import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { api, type Schemas } from "../../api/client.ts";
import { ApiProblem } from "../../api/problem.ts";
import * as uploads from "../../api/upload.ts";
import { useSubmit } from "./queries.ts";
import { QuotePanel } from "./QuotePanel.tsx";
import { UploadData } from "../datasets/UploadData.tsx";

afterEach(() => vi.restoreAllMocks());

function show(children: ReactNode) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </MantineProvider>,
  );
}

const task = () => screen.getByLabelText<HTMLInputElement>("What to learn", { selector: "input" });
const chooseFile = (name: string) =>
  userEvent.upload(screen.getByLabelText("Data file"), new File(["x,y\n1,2"], name));

describe("choosing data", () => {
  it("sets what to learn to what the file is for, and says so until a choice is made by hand", async () => {
    show(<UploadData onReady={() => undefined} />);
    expect(task().value).toBe("Classify images");

    await chooseFile("iris.csv");
    expect(task().value).toBe("Classify rows of a table");
    expect(screen.getByRole("status").textContent).toBe(
      "A table: what to learn was set to “Classify rows of a table”.",
    );

    await userEvent.click(task());
    await userEvent.click(await screen.findByRole("option", { name: "Predict numbers from a table" }));
    expect(screen.queryByRole("status")).toBeNull();

    await chooseFile("houses.csv");
    expect(task().value).toBe("Predict numbers from a table");
    expect(screen.queryByRole("status")).toBeNull();

    await chooseFile("digits.tar.gz");
    expect(task().value).toBe("Classify images");
    expect(screen.getByRole("status").textContent).toMatch(/^An archive:/);
  });

  it("sends several columns to predict, or what stands between the labels of one", async () => {
    const created = vi.spyOn(api, "POST").mockResolvedValue({
      error: { detail: "No.", status: 422 },
      response: new Response(null, { status: 422 }),
    });
    const expectSent = (options: object) => {
      const body: unknown = expect.objectContaining({ options });
      expect(created).toHaveBeenLastCalledWith("/api/v1/datasets", expect.objectContaining({ body }));
    };
    show(<UploadData onReady={() => undefined} />);
    await chooseFile("homes.csv");
    const upload = () => userEvent.click(screen.getByRole("button", { name: "Upload and check" }));

    await userEvent.type(screen.getByLabelText("Separator of labels (optional)"), ";");
    await upload();
    expectSent({ target: "y", label_separator: ";" });

    const targets = screen.getByLabelText("Column to predict", { selector: "input" });
    await userEvent.type(targets, "x{Enter}");
    expect(screen.queryByLabelText("Separator of labels (optional)")).toBeNull();
    await upload();
    expectSent({ targets: ["y", "x"] });
  });

  it("asks for the columns of the table in an archive where there is no other way", async () => {
    show(<UploadData onReady={() => undefined} />);
    await chooseFile("faces.zip");
    const upload = screen.getByRole<HTMLButtonElement>("button", { name: "Upload and check" });
    expect(upload.disabled).toBe(false);

    await userEvent.click(task());
    await userEvent.click(await screen.findByRole("option", { name: "Predict numbers from images" }));
    expect(upload.disabled).toBe(true);
    await userEvent.type(screen.getByLabelText("Column to predict", { selector: "input" }), "age{Enter}");
    expect(upload.disabled).toBe(false);
  });

  it("lets another thing be learned from a file that was rejected", async () => {
    const problem = { file: null, row: null, column: "y", code: "not_a_number", message: "y holds words." };
    vi.spyOn(api, "POST").mockResolvedValue({ data: { id: "ds_1" }, response: new Response() });
    vi.spyOn(uploads, "uploadVersion").mockResolvedValue({
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
      problems: [problem],
      problems_omitted: 0,
      warnings: [],
    });
    show(<UploadData onReady={() => undefined} />);
    await chooseFile("iris.csv");
    await userEvent.click(screen.getByRole("button", { name: "Upload and check" }));
    expect(await screen.findByText("y holds words.")).toBeTruthy();
    expect(task().disabled).toBe(false);

    await userEvent.click(task());
    await userEvent.click(await screen.findByRole("option", { name: "Classify texts" }));
    expect(screen.queryByText("y holds words.")).toBeNull();
    expect(screen.getByRole("button", { name: "Upload and check" })).toBeTruthy();
  });
});

describe("an upload that is refused", () => {
  const refuse = async (versions_count: number) => {
    vi.spyOn(api, "POST").mockResolvedValue({
      data: { id: "ds_1", versions_count },
      response: new Response(),
    });
    const taken = vi.spyOn(api, "DELETE").mockResolvedValue({ data: undefined, response: new Response() });
    vi.spyOn(uploads, "uploadVersion").mockRejectedValue(new ApiProblem("Too large.", 413, "too_large"));
    show(<UploadData onReady={() => undefined} />);
    await chooseFile("iris.csv");
    await userEvent.click(screen.getByRole("button", { name: "Upload and check" }));
    expect(await screen.findByText("Too large.")).toBeTruthy();
    return taken;
  };

  it("leaves no empty dataset", async () => {
    const taken = await refuse(0);
    expect(taken).toHaveBeenCalledWith("/api/v1/datasets/{dataset_id}", {
      params: { path: { dataset_id: "ds_1" } },
    });
    await userEvent.click(screen.getByRole("button", { name: "Upload and check" }));
    expect(api.POST).toHaveBeenCalledTimes(2);
  });

  it("keeps a dataset whose rejected versions can be read", async () => {
    expect(await refuse(1)).not.toHaveBeenCalled();
  });
});

const QUOTE: Schemas["Quote"] = {
  pool: "default",
  slots: 1,
  per_slot_second: "0.000100000",
  currency: "USD",
  estimate: null,
  cap: "0.250000",
  available: "1.500000",
  limited_by: "max_cost",
  affordable: true,
  stops_early: null,
  memory: { needed_bytes: 183_808, slot_bytes: 2 ** 30, fits: true },
  training: {
    examples: 1_200,
    epochs: 53,
    batch_size: 32,
    accumulate: 1,
    schedule: { name: "cosine", warmup_steps: 100, final_fraction: 0 },
  },
};

function Priced({ quote }: { quote: Schemas["Quote"] }) {
  const offer = useQuery({ queryKey: ["quote"], queryFn: () => quote });
  const submit = useSubmit();
  return (
    <QuotePanel quote={offer} submit={submit} onSubmit={() => undefined}>
      {null}
    </QuotePanel>
  );
}

describe("the quote", () => {
  it.each([
    [true, 1],
    [false, 0],
    [null, 0],
  ])("with stops_early %j warns %d times", async (stops_early, warnings) => {
    show(<Priced quote={{ ...QUOTE, stops_early }} />);
    expect(await screen.findByText("Never more than")).toBeTruthy();
    expect(screen.queryAllByText(/this will stop, with a checkpoint, before it ends/)).toHaveLength(warnings);
  });

  it.each([
    [true, 2 ** 30, /^at the least, of \S+ \S+ that the largest worker has$/],
    [false, 1_000, /batches are computed in smaller parts$/],
    [null, null, /no worker of the pool says/],
  ])("says of memory that fits %j", async (fits, slot_bytes, note) => {
    show(<Priced quote={{ ...QUOTE, memory: { needed_bytes: 183_808, slot_bytes, fits } }} />);
    expect(await screen.findByText(note)).toBeTruthy();
  });

  it.each([
    ["max_cost", /^set by “Spend at most”;/],
    ["max_runtime_seconds", /^set by the longest runtime;/],
  ] as const)("names the limit %s that sets the cap", async (limited_by, note) => {
    show(<Priced quote={{ ...QUOTE, limited_by }} />);
    expect(await screen.findByText(note)).toBeTruthy();
  });
});
