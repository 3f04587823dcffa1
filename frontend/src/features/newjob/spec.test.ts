import { beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../jobs/queries.ts";
import { recommended, type TaskEntry, withPreset } from "./presets.ts";
import { asRequest, cloned, keepDraft, keptDraft, parseSpec, readAmount, withHint } from "./spec.ts";

const job = (facts: object) =>
  ({ name: "digits", spec: { name: "digits", training: { batch_size: 64 } }, ...facts }) as unknown as Job;

describe("an amount", () => {
  it.each([
    ["0.50", "0.50"],
    ["0,50", "0.50"],
    [" 5 ", "5"],
    ["1.000,5", null],
    ["a lot", null],
    ["", null],
  ])("%j is read as %j", (text, amount) => expect(readAmount(text)).toBe(amount));

  it("goes out in the API's way of writing", () => {
    expect(asRequest({ limits: { max_cost: "0,50" } })).toEqual({ limits: { max_cost: "0.50" } });
    expect(asRequest({ name: "a" })).toEqual({ name: "a" });
  });
});

describe("a clone", () => {
  it("has a name of its own", () => {
    expect(cloned(job({})).name).toBe("digits (2)");
    expect(cloned(job({ name: "digits (2)" })).name).toBe("digits (3)");
  });

  it("of a failed job follows the hint", () => {
    const spec = { training: { batch_size: 64, optimizer: { name: "sgd", lr: 0.5 } } };
    const smaller = withHint(spec, job({ error: { code: "out_of_memory" }, resolved_training: null }));
    expect(smaller).toMatchObject({ training: { batch_size: 32 } });
    expect(withHint(spec, job({ error: { code: "non_finite_loss" } }))).toMatchObject({
      training: { optimizer: { lr: 0.05 }, regularization: { clip_norm: 1 } },
    });
    expect(withHint(spec, job({ error: { code: "bad_data" } }))).toBeNull();
  });
});

describe("a draft", () => {
  beforeEach(() => localStorage.clear());

  it("outlives the page", () => {
    keepDraft({ spec: { name: "a" }, dataset: "ds_1", version: "dsv_1" });
    expect(keptDraft()).toEqual({ spec: { name: "a" }, dataset: "ds_1", version: "dsv_1" });
    keepDraft(null);
    expect(keptDraft()).toBeNull();
  });

  it("that is damaged is none", () => {
    localStorage.setItem("trainyard.new-job", "{");
    expect(keptDraft()).toBeNull();
    expect(parseSpec("[1]")).toBeNull();
  });
});

describe("where to begin", () => {
  it("depends on the task and the rows", () => {
    const served = ["mlp", "cnn", "resnet"];
    const task = (...choices: [string, number][]) =>
      ({ recommended: choices.map(([architecture, rows]) => ({ architecture, rows })) }) as TaskEntry;
    const images = task(["cnn", 0], ["resnet", 5_000]);
    expect(recommended(images, 300, served)?.why).toMatch(/so few rows/);
    expect(recommended(images, 300, served)?.architecture).toBe("cnn");
    expect(recommended(images, 50_000, served)?.architecture).toBe("resnet");
    expect(recommended(task(["mlp", 0]), 10, served)?.architecture).toBe("mlp");
    expect(recommended(task(["seq2seq", 0]), 10, served)).toBeNull();
    expect(recommended(undefined, 10, served)).toBeNull();
  });

  it("takes a preset as the quote says it, over what was there, and says nothing of what is as usual", () => {
    const spec = { name: "a", training: { epochs: 7, batch_size: 32 } };
    const stopping = { metric: "val_loss", patience: 10, min_delta: 0 } as const;
    const best = withPreset(spec, { name: "best", training: { epochs: 90, early_stopping: stopping } });
    expect(best).toEqual({ name: "a", training: { epochs: 90, batch_size: 32, early_stopping: stopping } });
    const usual = { name: "balanced", training: { epochs: "auto", early_stopping: null } } as const;
    expect(withPreset(best, usual)).toEqual({ name: "a", training: { batch_size: 32 } });
  });
});
