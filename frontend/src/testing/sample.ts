/** Values that a schema allows, one for each: what a test does not care about. */
import { resolved, type Schema } from "./openapi.ts";

const IDS = ["ds", "dsv", "job", "mdl", "org"].map((prefix) => `${prefix}_01`);
const TEXTS = [
  "text",
  "1.000000",
  "1.00",
  "USD",
  "2026-01-31",
  "a".repeat(64),
  "ty_live_a",
  "1",
  "a@b.example",
  "en",
  ...IDS,
];
const FORMATS: Record<string, string> = {
  "date-time": "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  decimal: "1.00",
  email: "a@b.example",
  uri: "https://example.com/",
};
/** Of what no pattern describes, and not every text is. */
const NAMES: Record<string, string> = { currency: "USD", time_zone: "UTC", locale: "en", language: "en" };
/** Deeper than this a schema that holds itself ends. */
const DEEPEST = 8;

export function sampleOf(given: Schema, depth = 0, name = ""): unknown {
  const schema = resolved(given);
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (schema.allOf) return allOf(schema.allOf.map((part) => sampleOf(part, depth, name)));
  const choice = (schema.oneOf ?? schema.anyOf)?.find((each) => resolved(each).type !== "null");
  if (choice) return sampleOf(choice, depth, name);
  const types = [schema.type ?? "object"].flat();
  switch (types.find((type) => type !== "null")) {
    case "object":
      return objectOf(schema, depth);
    case "array":
      return arrayOf(schema, depth, name);
    case "string":
      return NAMES[name] ?? textOf(schema);
    case "boolean":
      return true;
    default:
      return Math.max(schema.minimum ?? 1, 1);
  }
}

function arrayOf({ items, minItems = 1 }: Schema, depth: number, name: string): unknown[] {
  if (!items || depth >= DEEPEST) return [];
  return Array.from({ length: minItems || 1 }, () => sampleOf(items, depth + 1, name));
}

function allOf(parts: unknown[]): unknown {
  const [first] = parts;
  return typeof first === "object" ? Object.assign({}, ...parts) : first;
}

function objectOf({ properties = {} }: Schema, depth: number): Record<string, unknown> {
  if (depth > DEEPEST) return {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, sampleOf(schema, depth + 1, name)]),
  );
}

function textOf({ format, pattern, minLength = 0, maxLength = Infinity }: Schema): string {
  const known = FORMATS[format ?? ""];
  if (known !== undefined && !pattern) return known;
  const expected = new RegExp(pattern ?? "");
  const fits = (text: string) => text.length >= minLength && text.length <= maxLength && expected.test(text);
  return TEXTS.find(fits) ?? "text";
}
