import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { nodesOf, valueIn, withValue } from "./tree.ts";
import { TreeForm } from "./TreeForm.tsx";

type FormValues = Record<string, unknown>;

const SCHEMA = {
  type: "object",
  $defs: { Width: { type: "integer", minimum: 1, maximum: 512 } },
  properties: {
    name: { const: "cnn", type: "string" },
    kernel_size: { enum: [1, 3, 5], default: 3, description: "Side of the kernels.", type: "integer" },
    channels: { type: "array", items: { $ref: "#/$defs/Width" }, maxItems: 16 },
    dropout: { type: "number", minimum: 0, exclusiveMaximum: 1 },
    clip: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }] },
    bias: { type: "boolean" },
    note: { type: "string" },
    blocks: { type: "array", items: { type: "object" } },
  },
};

describe("fields of a schema", () => {
  it("follow the types, limits and references of its properties", () => {
    const plain = (name: string, label: string) => ({ name, label, description: "" });
    const fields = nodesOf(SCHEMA).map((node) => (node.kind === "field" ? node.field : node));
    expect(fields).toEqual([
      {
        ...plain("kernel_size", "Kernel size"),
        description: "Side of the kernels.",
        kind: "choice",
        choices: [1, 3, 5],
      },
      { ...plain("channels", "Channels"), kind: "numbers", min: 1, max: 512, maxItems: 16 },
      { ...plain("dropout", "Dropout"), kind: "number", integer: false, min: 0, max: 1 },
      { ...plain("clip", "Clip"), kind: "number", integer: false, min: 0 },
      { ...plain("bias", "Bias"), kind: "flag" },
      { ...plain("note", "Note"), kind: "text" },
      { ...plain("blocks", "Blocks"), kind: "json" },
    ]);
  });

  it("of what is no schema are none", () => expect(nodesOf(null)).toEqual([]));
});

function Form({ onChange }: { onChange: (values: FormValues) => void }) {
  const [values, setValues] = useState<FormValues>({ kernel_size: 3, channels: [32, 64], dropout: 0.1 });
  const change = (changed: FormValues) => {
    setValues(changed);
    onChange(changed);
  };
  const errorOf = (field: string) => (field === "dropout" ? "Must be below 1." : undefined);
  return (
    <MantineProvider env="test">
      <TreeForm nodes={nodesOf(SCHEMA)} value={values} onChange={change} errorOf={errorOf} />
    </MantineProvider>
  );
}

describe("the form of a schema", () => {
  it("keeps numbers numbers, and choices of their type", async () => {
    const user = userEvent.setup();
    let values: FormValues = {};
    render(<Form onChange={(changed) => (values = changed)} />);

    await user.type(await screen.findByLabelText("Channels", { selector: "input" }), "128{Enter}");
    expect(values.channels).toEqual([32, 64, 128]);

    await user.clear(screen.getByLabelText("Dropout"));
    expect(values.dropout).toBeUndefined();

    await user.click(screen.getByLabelText("Kernel size", { selector: "input" }));
    await user.click(await screen.findByRole("option", { name: "5" }));
    expect(values.kernel_size).toBe(5);

    await user.click(screen.getByLabelText("Bias"));
    expect(values.bias).toBe(true);
  });

  it("shows the server's message at its field", () => {
    render(<Form onChange={() => undefined} />);
    expect(screen.getByText("Must be below 1.")).toBeTruthy();
  });
});

const SPEC = {
  $defs: {
    Sgd: { type: "object", properties: { name: { const: "sgd" }, lr: { type: "number", default: 0.01 } } },
    Adam: { type: "object", properties: { name: { const: "adam" }, lr: { type: "number", default: 0.001 } } },
    Ema: { type: "object", properties: { decay: { type: "number" } } },
    Split: { type: "object", properties: { train: { type: "number" } } },
  },
  properties: {
    epochs: { oneOf: [{ type: "integer", minimum: 1 }, { const: "auto" }] },
    optimizer: {
      discriminator: { propertyName: "name" },
      oneOf: [{ $ref: "#/$defs/Sgd" }, { $ref: "#/$defs/Adam" }],
    },
    schedule: {
      oneOf: [
        { discriminator: { propertyName: "name" }, oneOf: [{ $ref: "#/$defs/Sgd" }] },
        { const: "auto", type: "string" },
      ],
    },
    ema: { anyOf: [{ $ref: "#/$defs/Ema" }, { type: "null" }] },
    split: { $ref: "#/$defs/Split" },
  },
};

describe("the tree of a schema", () => {
  it("has groups, choices, what may be left out and what may be left to the platform", () => {
    const nodes = nodesOf(SPEC);
    expect(nodes.map(({ name, kind }) => [name, kind])).toEqual([
      ["epochs", "auto"],
      ["optimizer", "union"],
      ["schedule", "union"],
      ["ema", "optional"],
      ["split", "group"],
    ]);
    const [, optimizer, schedule] = nodes;
    expect(optimizer?.kind === "union" && [optimizer.auto, [...optimizer.variants.keys()]]).toEqual([
      false,
      ["sgd", "adam"],
    ]);
    expect(schedule?.kind === "union" && schedule.auto).toBe(true);
  });

  it("is edited without a trace of what was emptied", () => {
    const spec = withValue({ name: "a" }, ["training", "optimizer", "lr"], 0.1);
    expect(spec).toEqual({ name: "a", training: { optimizer: { lr: 0.1 } } });
    expect(valueIn(spec, ["training", "optimizer", "lr"])).toBe(0.1);
    expect(withValue(spec, ["training", "optimizer", "lr"], undefined)).toEqual({ name: "a" });
  });

  it("offers the fields of the chosen kind", async () => {
    const user = userEvent.setup();
    let spec: FormValues = {};
    const change = (next: FormValues) => (spec = next);
    const show = () => (
      <MantineProvider env="test">
        <TreeForm nodes={nodesOf(SPEC)} value={spec} onChange={change} errorOf={() => undefined} />
      </MantineProvider>
    );
    const { rerender } = render(show());
    await user.click(screen.getByLabelText("Optimizer", { selector: "input" }));
    await user.click(await screen.findByRole("option", { name: "adam" }));
    expect(spec).toEqual({ optimizer: { name: "adam" } });
    rerender(show());
    expect(screen.getByLabelText("Lr").getAttribute("placeholder")).toBe("0.001");
  });
});
