import { afterAll, expect, it } from "vitest";
import { en } from "../../i18n/en/index.ts";
import { type Area, loadTexts, startTexts } from "../../i18n/index.ts";
import { nodesOf } from "./tree.ts";
import { translated } from "./translated.ts";

afterAll(async () => {
  await startTexts("en");
  await loadTexts(Object.keys(en) as Area[]);
});

const SCHEMA = {
  $defs: {
    Adam: {
      properties: {
        name: { const: "adam" },
        lr: { type: "number", description: "Learning rate, before the schedule." },
      },
    },
  },
  properties: {
    optimizer: {
      description: "Optimizer, with its learning rate.",
      oneOf: [{ $ref: "#/$defs/Adam" }],
      discriminator: { propertyName: "name" },
    },
    pool: { type: "string", description: "Pool of workers that the job runs in." },
    pooling: { type: "string", description: "Pooling: how each block\n    halves height and width." },
    new_field: { type: "integer", description: "Not known yet." },
  },
};

const words = () =>
  translated(nodesOf(SCHEMA)).map((node) => [
    node.label,
    node.kind === "field" ? node.field.description : node.description,
  ]);

it("says fields in the reader's language, deep ones too, and what it does not know in English", async () => {
  await startTexts("zh");
  await loadTexts(["fields"]);
  expect(words()).toEqual([
    ["优化器", "优化器及其学习率。"],
    ["资源池", "运行任务的工作节点资源池。"],
    ["池化", "池化：每个块如何把高和宽减半。"],
    ["New field", "Not known yet."],
  ]);
  const [optimizer] = translated(nodesOf(SCHEMA));
  const inner = optimizer?.kind === "union" ? optimizer.variants.get("adam") : undefined;
  expect(inner?.map(({ label }) => label)).toEqual(["学习率"]);
});

it("leaves English as the schema has it", async () => {
  await startTexts("en");
  await loadTexts(["fields"]);
  expect(translated(nodesOf(SCHEMA))).toEqual(nodesOf(SCHEMA));
});
