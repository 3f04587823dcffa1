import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { fieldsOf } from "./fields.ts";
import { type FormValues, SchemaForm } from "./SchemaForm.tsx";

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
    expect(fieldsOf(SCHEMA)).toEqual([
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

  it("of what is no schema are none", () => expect(fieldsOf(null)).toEqual([]));
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
      <SchemaForm schema={SCHEMA} values={values} onChange={change} errorOf={errorOf} />
    </MantineProvider>
  );
}

describe("the form of a schema", () => {
  it("keeps numbers numbers, and choices of their type", async () => {
    const user = userEvent.setup();
    let values: FormValues = {};
    render(<Form onChange={(changed) => (values = changed)} />);

    await user.type(screen.getByLabelText("Channels", { selector: "input" }), "128{Enter}");
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
