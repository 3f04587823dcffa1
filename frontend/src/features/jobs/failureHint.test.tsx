import { readFileSync } from "node:fs";
import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { afterAll, expect, it } from "vitest";
import { en } from "../../i18n/en/index.ts";
import { type Area, loadTexts, startTexts } from "../../i18n/index.ts";
import { FailureHint } from "./FailureHint.tsx";

afterAll(async () => {
  await startTexts("en");
  await loadTexts(Object.keys(en) as Area[]);
});

const { failureHints } = en.jobDetails;
const UNSTABLE = failureHints.non_finite_loss;

function show(code: string, hint: string) {
  const error = { code, hint, message: "It failed." };
  render(
    <MantineProvider env="test">
      <FailureHint error={error} />
    </MantineProvider>,
  );
}

async function inChinese() {
  await startTexts("zh");
  await loadTexts(["fields", "jobDetails"]);
}

it("calls the fields as the form does", async () => {
  await startTexts("en");
  await loadTexts(["fields", "jobDetails"]);
  show("non_finite_loss", UNSTABLE);
  expect(
    screen.getByText(
      "Lower “Optimizer › Lr”, add “Schedule › Warmup steps”, or set “Regularization › Clip norm” to 1.",
    ),
  ).toBeTruthy();
});

it("is Chinese for a Chinese reader", async () => {
  await inChinese();
  show("non_finite_loss", UNSTABLE);
  expect(
    screen.getByText("请调低“优化器 › 学习率”、增加“学习率调度 › 预热步数”，或将“正则化 › 梯度裁剪”设为 1。"),
  ).toBeTruthy();
});

it("names the fields of a sentence that there is in English alone", async () => {
  await inChinese();
  show("new_code", "Raise training.batch_size. See notes.txt.");
  expect(screen.getByText("Raise “批大小”. See notes.txt.")).toBeTruthy();
});

it.each([
  ["out_of_memory", "cli/failures.py"],
  ["non_finite_loss", "core/telemetry.py"],
] as const)("translates what the engine says of %s", (code, file) => {
  expect(readFileSync(`../workers/trainyard_engine/${file}`, "utf-8")).toContain(failureHints[code]);
});
